/// A decoded picture and the one door by which pictures come in. First stage of the pipeline; used by `face_analyzer`,
/// the drawing functions and the fuzzer. Pure functions and a value type: any thread.
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rollcall::vision {

/// An upright picture: height_px rows of width_px pixels, 3 bytes a pixel in the order blue, green, red; row r starts
/// at pixels.get() + r × stride_bytes. Immutable; copies share the pixels.
struct bgr8_image {
  int width_px = 0;
  int height_px = 0;
  std::size_t stride_bytes = 0;
  std::shared_ptr<const std::uint8_t> pixels;
};

/// What `decode` takes on. All are checked in the file's header, before any pixel is decoded.
struct decode_limits {
  std::size_t max_pixels = 50'000'000; ///< width × height; decoding needs up to 12 bytes a pixel (progressive JPEG)
  int min_side_px = 80;                ///< shorter side; Rekognition's minimum
  int max_scans = 100; ///< scans of a JPEG: a small file with thousands of scans would burn minutes of processor time
};

/// The picture in a JPEG or PNG file, told apart by their first bytes. 8 and 16 bits, grey, palette, alpha (dropped),
/// CMYK and YCCK, progressive and interlaced files all come out as upright 8-bit BGR. The EXIF orientation of a JPEG is
/// applied; a PNG is taken as it lies, as Rekognition does.
/// Errors: `image_too_large` over max_pixels; `invalid_argument` when a side is shorter than min_side_px (the message
/// names the size); `invalid_image_format` for everything that is not a complete, readable JPEG or PNG. A file cut
/// short is refused, not half decoded: a face in the missing part would be missed silently. Blocking, processor-bound:
/// about 10 ms a megapixel. `encoded` need only outlive the call. Source: ITU-T T.81 (JPEG), W3C PNG 2nd edition, CIPA
/// DC-008 (EXIF).
[[nodiscard]] core::result<bgr8_image> decode(core::byte_view encoded, const decode_limits& limits);

} // namespace rollcall::vision
