/// A rigid mean face for `pose_of`: some of the 68 landmarks in three dimensions. Inside vision/ only.
#pragma once

#include <array>
#include <cstddef>

namespace rollcall::vision {

/// One landmark of the mean face. x to the picture's right, y down, z away from the camera; the unit does not matter.
struct model_point {
  std::size_t landmark;
  double x;
  double y;
  double z;
};

inline constexpr std::array<model_point, 6> mean_face{{
    {30, 0, 0, 0},         // nose tip
    {8, 0, 330, 65},       // chin
    {36, -225, -170, 135}, // outer corner of the left eye
    {45, 225, -170, 135},
    {48, -150, 150, 125}, // mouth corner
    {54, 150, 150, 125},
}};

} // namespace rollcall::vision
