/// Rekognition's landmarks of a face, from the 68 points that a network gives. Pure; any thread.
#pragma once

#include "wire/shared.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace rollcall::wire {

/// Size of the upright picture, pixels.
struct picture_size {
  int width_px = 0;
  int height_px = 0;
};

/// A landmark is the mean of up to six of the 68 points.
struct landmark_source {
  landmark_type type;
  std::array<std::uint8_t, 6> points;
  std::uint8_t count;
};

/// In the order of `landmark_type`. Points 36–41 are the eye on the left of an upright picture.
inline constexpr std::array<landmark_source, 30> landmark_sources{{
    {landmark_type::eye_left, {36, 37, 38, 39, 40, 41}, 6},
    {landmark_type::eye_right, {42, 43, 44, 45, 46, 47}, 6},
    {landmark_type::mouth_left, {48}, 1},
    {landmark_type::mouth_right, {54}, 1},
    {landmark_type::nose, {30}, 1},
    {landmark_type::left_eye_brow_left, {17}, 1},
    {landmark_type::left_eye_brow_right, {21}, 1},
    {landmark_type::left_eye_brow_up, {19}, 1},
    {landmark_type::right_eye_brow_left, {22}, 1},
    {landmark_type::right_eye_brow_right, {26}, 1},
    {landmark_type::right_eye_brow_up, {24}, 1},
    {landmark_type::left_eye_left, {36}, 1},
    {landmark_type::left_eye_right, {39}, 1},
    {landmark_type::left_eye_up, {37, 38}, 2},
    {landmark_type::left_eye_down, {40, 41}, 2},
    {landmark_type::right_eye_left, {42}, 1},
    {landmark_type::right_eye_right, {45}, 1},
    {landmark_type::right_eye_up, {43, 44}, 2},
    {landmark_type::right_eye_down, {46, 47}, 2},
    {landmark_type::nose_left, {31}, 1},
    {landmark_type::nose_right, {35}, 1},
    {landmark_type::mouth_up, {51}, 1},
    {landmark_type::mouth_down, {57}, 1},
    {landmark_type::left_pupil, {36, 37, 38, 39, 40, 41}, 6},
    {landmark_type::right_pupil, {42, 43, 44, 45, 46, 47}, 6},
    {landmark_type::upper_jawline_left, {0}, 1},
    {landmark_type::mid_jawline_left, {4}, 1},
    {landmark_type::chin_bottom, {8}, 1},
    {landmark_type::mid_jawline_right, {12}, 1},
    {landmark_type::upper_jawline_right, {16}, 1},
}};

inline constexpr std::size_t default_landmarks = 5;

/// Rekognition's landmarks of `points` (68 with `x` and `y`, pixels) as ratios of the picture: the five of DEFAULT in
/// the order of `landmark_type`, or all thirty. Left and right are as seen in the picture; eyes and pupils are the
/// centres of the six points around an eye.
template <class Points>
[[nodiscard]] std::vector<landmark> make_landmarks(const Points& points, picture_size picture, bool all) {
  const auto wanted = std::span{landmark_sources}.first(all ? landmark_sources.size() : default_landmarks);
  std::vector<landmark> made;
  made.reserve(wanted.size());
  for (const auto& from : wanted) {
    float x = 0;
    float y = 0;
    for (std::size_t i = 0; i < from.count; ++i) {
      x += points[from.points[i]].x;
      y += points[from.points[i]].y;
    }
    const auto count = static_cast<float>(from.count);
    made.push_back({from.type, x / count / static_cast<float>(picture.width_px),
                    y / count / static_cast<float>(picture.height_px)});
  }
  return made;
}

} // namespace rollcall::wire
