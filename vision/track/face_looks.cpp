#include "vision/track/face_looks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

namespace rollcall::vision {

face_looks::face_looks(const bgr8_image& aligned) {
  if (!aligned.pixels || aligned.width_px < side || aligned.height_px < side)
    return;
  std::array<std::uint32_t, std::size_t{side} * side * 3> sums{};
  const int width = aligned.width_px / side;
  const int height = aligned.height_px / side;
  for (int row = 0; row < side * height; ++row) {
    const auto* pixel = aligned.pixels.get() + static_cast<std::size_t>(row) * aligned.stride_bytes;
    auto* into = sums.data() + static_cast<std::size_t>(row / height) * side * 3;
    for (int cell = 0; cell < side; ++cell, into += 3)
      for (int i = 0; i < width; ++i, pixel += 3)
        for (int channel = 0; channel < 3; ++channel)
          into[channel] += pixel[channel];
  }
  std::copy(sums.begin(), sums.end(), cells_.begin());
  const float mean = std::accumulate(cells_.begin(), cells_.end(), 0.0F) / static_cast<float>(cells_.size());
  for (float& each : cells_)
    each -= mean;
  normalise();
}

std::optional<float> face_looks::likeness(const face_looks& to) const noexcept {
  if (!is_known_ || !to.is_known_)
    return std::nullopt;
  return std::inner_product(cells_.begin(), cells_.end(), to.cells_.begin(), 0.0F);
}

void face_looks::follow(const face_looks& now) {
  constexpr float share = 0.4F;
  if (!now.is_known_)
    return;
  for (std::size_t i = 0; i < cells_.size(); ++i)
    cells_[i] += (is_known_ ? share : 1) * (now.cells_[i] - cells_[i]);
  normalise();
}

void face_looks::normalise() {
  const float length = std::sqrt(std::inner_product(cells_.begin(), cells_.end(), cells_.begin(), 0.0F));
  is_known_ = length > 0;
  for (float& each : cells_)
    each = is_known_ ? each / length : 0;
}

} // namespace rollcall::vision
