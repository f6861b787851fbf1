/// A rigid mean face for `pose_of`: some of the 68 landmarks in three dimensions. Inside vision/ only.
#pragma once

#include <array>
#include <cstddef>

namespace rollcall::vision {

/// One landmark of the mean face. x to the picture's right, y down, z away from the camera; the nose tip is the origin,
/// the unit does not matter.
struct model_point {
  std::size_t landmark;
  double x;
  double y;
  double z;
};

/// Jaw, nose, eyes and mouth corners; brows and lips move too much. Fitted by alternating least squares (worst tenth
/// left out, mirror-symmetric) to the landmarks of two thirds of 2,165 photographs of Labeled Faces in the Wild under
/// the poses that the network fr_pose reads in them; on the others the angles then differ from it by 10.6 (yaw) and 4.3
/// (pitch) degrees in the mean.
inline constexpr std::array<model_point, 40> mean_face{{
    {0, -0.1913, -0.0641, 0.2084},  {1, -0.1901, -0.0163, 0.1927},  {2, -0.1848, 0.0318, 0.1795},
    {3, -0.1752, 0.0792, 0.1661},   {4, -0.1572, 0.1230, 0.1456},   {5, -0.1282, 0.1605, 0.1185},
    {6, -0.0911, 0.1908, 0.0882},   {7, -0.0489, 0.2144, 0.0589},   {8, 0.0000, 0.2211, 0.0489},
    {9, 0.0489, 0.2144, 0.0589},    {10, 0.0911, 0.1908, 0.0882},   {11, 0.1282, 0.1605, 0.1185},
    {12, 0.1572, 0.1230, 0.1456},   {13, 0.1752, 0.0792, 0.1661},   {14, 0.1848, 0.0318, 0.1795},
    {15, 0.1901, -0.0163, 0.1927},  {16, 0.1913, -0.0641, 0.2084},  {27, 0.0000, -0.0883, 0.0605},
    {28, 0.0000, -0.0590, 0.0413},  {29, 0.0000, -0.0301, 0.0205},  {30, 0.0000, 0.0000, 0.0000},
    {31, -0.0395, 0.0274, 0.0367},  {32, -0.0205, 0.0331, 0.0281},  {33, 0.0000, 0.0380, 0.0225},
    {34, 0.0205, 0.0331, 0.0281},   {35, 0.0395, 0.0274, 0.0367},   {36, -0.1146, -0.0776, 0.1062},
    {37, -0.0942, -0.0890, 0.0973}, {38, -0.0700, -0.0893, 0.0938}, {39, -0.0486, -0.0751, 0.0923},
    {40, -0.0713, -0.0713, 0.0918}, {41, -0.0954, -0.0711, 0.0953}, {42, 0.0486, -0.0751, 0.0923},
    {43, 0.0700, -0.0893, 0.0938},  {44, 0.0942, -0.0890, 0.0973},  {45, 0.1146, -0.0776, 0.1062},
    {46, 0.0954, -0.0711, 0.0953},  {47, 0.0713, -0.0713, 0.0918},  {48, -0.0744, 0.0926, 0.0738},
    {54, 0.0744, 0.0926, 0.0738},
}};

} // namespace rollcall::vision
