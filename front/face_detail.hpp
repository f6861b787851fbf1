/// From what vision measured to Rekognition's FaceDetail. Pure; any thread.
///
/// Measured: box, confidence, landmarks, pose, quality, eyes and mouth open; age, gender and emotions where the
/// operator turned them on. Never measured, so never present: Smile, Eyeglasses, Sunglasses, Beard, Mustache,
/// FaceOccluded, EyeDirection.
#pragma once

#include "actors/interfaces.hpp"
#include "wire/face_landmarks.hpp"
#include "wire/faces.hpp"

#include <vector>

namespace rollcall::front {

using wire::make_landmarks;
using wire::picture_size;

[[nodiscard]] wire::face_detail make_face_detail(const vision::face& face, picture_size picture,
                                                 const wire::attribute_set& wanted);

[[nodiscard]] wire::compared_face make_compared_face(const vision::face& face, picture_size picture);

/// The protocol's reasons of a face that failed its quality filter.
[[nodiscard]] std::vector<wire::face_reason> make_reasons(const std::vector<vision::quality_reason>& reasons);

[[nodiscard]] vision::quality_filter to_vision(wire::quality_filter filter) noexcept;

/// True when age, gender or emotions are asked for: the attributes that cost networks of their own.
[[nodiscard]] bool wants_networks(const wire::attribute_set& wanted) noexcept;

} // namespace rollcall::front
