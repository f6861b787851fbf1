#include "vision/crop.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {

void input_filler::fill(const cv::Mat& bgr, const input_layout& layout, std::span<float> into) {
  ROLLCALL_ASSERT(bgr.type() == CV_8UC3 && bgr.cols == layout.width_px && bgr.rows == layout.height_px);
  ROLLCALL_ASSERT(into.size() == layout.channels() * layout.plane());
  const bool is_grey = layout.order == channel_order::grey;
  if (is_grey)
    cv::cvtColor(bgr, grey_, cv::COLOR_BGR2GRAY);
  else
    cv::split(bgr, planes_.data());
  for (std::size_t channel = 0; channel < layout.channels(); ++channel) {
    const auto source = layout.order == channel_order::rgb ? 2 - channel : channel;
    cv::Mat target{layout.height_px, layout.width_px, CV_32FC1, into.data() + channel * layout.plane()};
    const double scale = layout.scale[channel];
    (is_grey ? grey_ : planes_[source]).convertTo(target, CV_32F, scale, -scale * layout.mean[channel]);
  }
}

void crop_box(const cv::Mat& picture, const pixel_box& box, int width_px, int height_px, cv::Mat& into) {
  const int left = static_cast<int>(std::lround(box.left));
  const int top = static_cast<int>(std::lround(box.top));
  const int right = std::max(left + 1, static_cast<int>(std::lround(box.left + box.width)));
  const int bottom = std::max(top + 1, static_cast<int>(std::lround(box.top + box.height)));
  const cv::Rect wanted{left, top, right - left, bottom - top};
  const cv::Rect inside = wanted & cv::Rect{0, 0, picture.cols, picture.rows};
  ROLLCALL_ASSERT(!inside.empty());
  cv::Mat cut = picture(inside);
  if (inside != wanted)
    cv::copyMakeBorder(cut, cut, inside.y - top, bottom - inside.br().y, inside.x - left, right - inside.br().x,
                       cv::BORDER_REPLICATE);
  const bool shrinks = cut.cols > width_px && cut.rows > height_px;
  cv::resize(cut, into, {width_px, height_px}, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
}

} // namespace rollcall::vision
