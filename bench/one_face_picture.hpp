/// A 640×480 photograph with exactly one face, cut from the demo's photographs. Used by bench/serve alone.
#pragma once

#include "bench/face_set.hpp"

namespace rollcall::bench {

/// Tries the faces of `photos`/sample*.jpg, largest first: crops 4:3 around one, scales it, and takes the first crop in
/// which the pipeline finds one face. The result is a JPEG of quality 90. Errors: `not_found`.
[[nodiscard]] core::result<core::bytes> one_face_picture(const std::filesystem::path& photos, pipeline& with);

} // namespace rollcall::bench
