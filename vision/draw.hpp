/// Pictures for people: boxes and labels drawn on photographs, two faces side by side. For the CLI and the
/// demonstration; nothing in the request path uses it. Pure functions; any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "vision/analysis.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::vision {

/// A box with a line of text above it (below where there is no room). Characters outside ASCII are drawn as '?'.
struct labelled_box {
  pixel_box box;
  std::string label;
  std::array<std::uint8_t, 3> colour_rgb{0, 200, 0};
};

enum class picture_format : std::uint8_t { jpeg, png };

/// The upright picture with `boxes` drawn on it, encoded as `format`. Boxes in pixels of the upright picture.
/// Errors: those of `decode` with the default limits (small pictures are allowed); `internal` when encoding fails.
[[nodiscard]] core::result<core::bytes> draw_boxes(core::byte_view encoded, std::span<const labelled_box> boxes,
                                                   picture_format format = picture_format::png);

/// A copy of the frame with `boxes` drawn on it. Errors: `internal`.
[[nodiscard]] core::result<bgr8_image> draw_boxes(const bgr8_image& frame, std::span<const labelled_box> boxes);

/// The frame as a file. Errors: `internal`.
[[nodiscard]] core::result<core::bytes> encode_picture(const bgr8_image& frame, picture_format format);

/// One line of a timeline: when somebody was seen, in seconds, ascending.
struct timeline_row {
  std::string label;
  std::vector<std::pair<double, double>> seen_s;
  std::array<std::uint8_t, 3> colour_rgb{0, 160, 0};
};

/// A PNG with a line for each row over an axis of `length_s` seconds. Errors: `internal`.
[[nodiscard]] core::result<core::bytes> draw_timeline(std::span<const timeline_row> rows, double length_s);

/// A PNG of two faces side by side, each cut out of its picture with some surroundings to the same height, with `text`
/// below. Boxes in pixels of the upright pictures.
/// Errors: as `draw_boxes`; `invalid_argument` when a box lies outside its picture.
[[nodiscard]] core::result<core::bytes> draw_comparison(core::byte_view a_image, const pixel_box& box_a,
                                                        core::byte_view b_image, const pixel_box& box_b,
                                                        const std::string& text);

/// The face in `box` with half its size around it on each side, as far as the picture reaches, as a picture of its own:
/// JPEG, enlarged where its shorter side is under 160 pixels. What a client sends to search for one face of many.
/// `box` in pixels of the upright picture. Errors: as `draw_comparison`.
[[nodiscard]] core::result<core::bytes> cut_face(core::byte_view encoded, const pixel_box& box);

} // namespace rollcall::vision
