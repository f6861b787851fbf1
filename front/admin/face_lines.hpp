/// One stored face with its embedding as a line of JSON, the form in which collections leave and enter a node. Pure;
/// any thread.
///
///     {"face_id", "image_id", "external_image_id"?, "user_id"?, "bounding_box": {"left", "top", "width", "height"},
///      "confidence", "model_version", "embedding"}      embedding: base64 of float32, little endian
#pragma once

#include "core/result.hpp"
#include "front/services.hpp"

#include <string>
#include <string_view>

namespace rollcall::front::admin {

/// The line, with "\n" at its end.
[[nodiscard]] std::string write_face_line(const store::face_with_embedding& face);

/// Reads one line, without its "\n". The embedding must have `dimension` numbers and length 1 (within 0.001).
/// Errors: `malformed`, `constraint_violation`; the message names the member.
[[nodiscard]] core::result<store::face_with_embedding> read_face_line(std::string_view line, std::size_t dimension);

} // namespace rollcall::front::admin
