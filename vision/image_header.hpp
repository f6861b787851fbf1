/// What a JPEG or PNG file says about itself before a pixel is decoded. Used by `decode` alone. Pure; any thread; reads
/// hostile bytes, so every access is bounded.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstdint>

namespace rollcall::vision {

enum class image_format : std::uint8_t { jpeg, png };

struct image_header {
  image_format format = image_format::jpeg;
  std::uint32_t width_px = 0; ///< as stored, before the orientation is applied
  std::uint32_t height_px = 0;
  int orientation = 1; ///< EXIF, 1–8; 1 where there is none, it is invalid, or the file is a PNG
  int scans = 0;       ///< of a JPEG
};

/// Walks the file's markers (JPEG, to the end of image) or reads its first chunk (PNG).
/// Errors: `invalid_image_format` for another format, broken structure, no size in the header, or a missing end.
[[nodiscard]] core::result<image_header> read_header(core::byte_view encoded);

/// The orientation in an EXIF block that starts at its TIFF header ("II" or "MM"); 1 when there is none or it is
/// broken. Source: CIPA DC-008-2012, 4.6.4, tag 0x0112 of the first directory.
[[nodiscard]] int exif_orientation(core::byte_view tiff) noexcept;

} // namespace rollcall::vision
