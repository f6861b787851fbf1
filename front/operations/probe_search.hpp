/// Searches that Rekognition's protocol has not: by an embedding, and by an aligned crop of a face. The author may make
/// them.
#pragma once

#include "front/services.hpp"
#include "wire/realtime.hpp"

namespace rollcall::front::operations {

/// `probe`: float32, little-endian, of the model's dimension; any length but zero, it is normalised here.
/// Errors: `invalid_argument` (shape, numbers that are not finite), `model_mismatch`, `not_found`, those of the search.
[[nodiscard]] asio::awaitable<core::result<wire::probe_matches>>
search_faces_by_embedding(request_context& context, wire::realtime_query query, core::shared_bytes probe);

/// `crop`: an encoded picture of 112 × 112 pixels. Errors: those of EMBEDDING and of the search.
[[nodiscard]] asio::awaitable<core::result<wire::probe_matches>>
search_faces_by_crop(request_context& context, wire::realtime_query query, core::shared_bytes crop);

} // namespace rollcall::front::operations
