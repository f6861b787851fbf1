/// From what vision measured to Rekognition's FaceDetail. Pure; any thread.
///
/// Measured: box, confidence, landmarks, pose, quality, eyes and mouth open; age, gender and emotions where the
/// operator turned them on. Never measured, so never present: Smile, Eyeglasses, Sunglasses, Beard, Mustache,
/// FaceOccluded, EyeDirection.
#pragma once

#include "actors/interfaces.hpp"
#include "wire/faces.hpp"
#include "wire/shared.hpp"

#include <vector>

namespace rollcall::front {

/// Size of the upright picture, pixels.
struct picture_size {
  int width_px = 0;
  int height_px = 0;
};

/// Rekognition's landmarks of `points` (68, pixels) as ratios of the picture: the five of DEFAULT in the order of
/// `wire::landmark_type`, or all thirty. Left and right are as seen in the picture; eyes and pupils are the centres of
/// the six points around an eye.
[[nodiscard]] std::vector<wire::landmark> make_landmarks(const vision::landmarks& points, picture_size picture,
                                                         bool all);

[[nodiscard]] wire::face_detail make_face_detail(const vision::face& face, picture_size picture,
                                                 const wire::attribute_set& wanted);

[[nodiscard]] wire::compared_face make_compared_face(const vision::face& face, picture_size picture);

/// The protocol's reasons of a face that failed its quality filter.
[[nodiscard]] std::vector<wire::face_reason> make_reasons(const std::vector<vision::quality_reason>& reasons);

[[nodiscard]] vision::quality_filter to_vision(wire::quality_filter filter) noexcept;

/// True when age, gender or emotions are asked for: the attributes that cost networks of their own.
[[nodiscard]] bool wants_networks(const wire::attribute_set& wanted) noexcept;

} // namespace rollcall::front
