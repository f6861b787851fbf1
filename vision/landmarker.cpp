#include "vision/landmarker.hpp"

#include <algorithm>

namespace rollcall::vision {

core::result<landmarks> landmarker::place(halvings& picture, const pixel_box& box) {
  const float side = spec_.crop_ratio * std::max(box.width, box.height);
  const pixel_box square{box.left + (box.width - side) / 2,
                         box.top + (box.height - side) / 2 + spec_.shift_ratio * box.height, side, side};
  const auto& input = spec_.network.input;
  const double scale = input.width_px / std::max(1.0F, side);
  // Pixel centres: the square's left edge becomes the crop's, half a pixel left of its first centre.
  const similarity_transform to_crop{scale, 0, scale * (0.5 - square.left) - 0.5, scale * (0.5 - square.top) - 0.5};
  crop(picture, to_crop, input.width_px, input.height_px, cv::BORDER_REPLICATE, crop_);
  filler_.fill(crop_, input, network_->input());
  ROLLCALL_CHECK(network_->run());
  const auto ratios = network_->output(0);
  landmarks placed;
  for (std::size_t i = 0; i < placed.size(); ++i)
    placed[i] = {square.left + side * ratios[2 * i], square.top + side * ratios[2 * i + 1]};
  return placed;
}

} // namespace rollcall::vision
