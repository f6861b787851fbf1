#include "vision/landmarker.hpp"

#include <algorithm>

namespace rollcall::vision {

core::result<landmarks> landmarker::place(const cv::Mat& picture, const pixel_box& box) {
  const float side = spec_.crop_ratio * std::max(box.width, box.height);
  const pixel_box square{box.left + (box.width - side) / 2,
                         box.top + (box.height - side) / 2 + spec_.shift_ratio * box.height, side, side};
  const auto& input = spec_.network.input;
  crop_box(picture, square, input.width_px, input.height_px, crop_);
  filler_.fill(crop_, input, network_->input());
  ROLLCALL_CHECK(network_->run());
  const auto ratios = network_->output(0);
  landmarks placed;
  for (std::size_t i = 0; i < placed.size(); ++i)
    placed[i] = {square.left + side * ratios[2 * i], square.top + side * ratios[2 * i + 1]};
  return placed;
}

} // namespace rollcall::vision
