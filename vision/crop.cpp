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

point similarity_transform::apply(const point& p) const noexcept {
  return {static_cast<float>(a * p.x - b * p.y + tx), static_cast<float>(b * p.x + a * p.y + ty)};
}

void crop(halvings& from, const similarity_transform& transform, int width_px, int height_px, int border,
          cv::Mat& into) {
  const double scale = std::max(1e-6, std::hypot(transform.a, transform.b));
  const int times = from.times_for(1 / scale);
  const double size = std::ldexp(1.0, times); // picture pixels a pixel of the halving
  // A halving's pixel h lies at picture coordinate size × h + (size - 1) / 2.
  const double offset = (size - 1) / 2;
  const cv::Matx23d matrix{
      transform.a * size, -transform.b * size, transform.tx + (transform.a - transform.b) * offset,
      transform.b * size, transform.a * size,  transform.ty + (transform.a + transform.b) * offset};
  cv::warpAffine(from.at(times), into, matrix, {width_px, height_px}, cv::INTER_LINEAR, border);
}

} // namespace rollcall::vision
