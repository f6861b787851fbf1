/// From a request's picture to its faces: fetches the bytes and asks EMBEDDING.
#pragma once

#include "front/face_detail.hpp"
#include "front/services.hpp"

namespace rollcall::front::operations {

/// The faces of `picture`, which a request names. Adds the time of vision's stages to the request's.
/// Errors: those of `object_files::read`; those of EMBEDDING.
[[nodiscard]] asio::awaitable<core::result<vision::analysis>> analyze(request_context& context, wire::image picture,
                                                                      vision::analyze_options options);

[[nodiscard]] inline picture_size size_of(const vision::analysis& of) noexcept {
  return {of.width_px, of.height_px};
}

/// The largest face that passes the quality filter of the analysis, with its embedding; null when there is none.
[[nodiscard]] const vision::face* find_probe(const vision::analysis& in) noexcept;

} // namespace rollcall::front::operations
