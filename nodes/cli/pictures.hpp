/// Pictures as requests carry them, and boxes as replies do. Pure; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "nodes/cli/client.hpp"
#include "vision/analysis.hpp"

#include <utility>

namespace rollcall::cli {

/// `{"Bytes": base64}`.
[[nodiscard]] json::object image_member(core::byte_view encoded);

/// A reply's `BoundingBox`.
[[nodiscard]] core::ratio_box box_of(const json::object& bounding_box);

/// Width and height in pixels of the upright picture. Errors: those of vision's decode.
[[nodiscard]] core::result<std::pair<int, int>> upright_size(core::byte_view encoded);

/// A box of ratios in pixels of a picture of `size`.
[[nodiscard]] vision::pixel_box to_pixels(const core::ratio_box& box, std::pair<int, int> size);

} // namespace rollcall::cli
