/// Boxes and points as ratios of the upright picture, origin top left, the way Rekognition states them.
#pragma once

namespace rollcall::core {

/// Ratios of the picture's width (left, width) and height (top, height). May be negative or exceed 1 at the picture's
/// edge.
struct ratio_box {
  float left = 0;
  float top = 0;
  float width = 0;
  float height = 0;

  friend bool operator==(const ratio_box&, const ratio_box&) = default;
};

} // namespace rollcall::core
