#include "vision/image.hpp"

#include "vision/cv_image.hpp"
#include "vision/image_header.hpp"
#include "vision/jpeg.hpp"
#include "vision/png.hpp"

#include <algorithm>
#include <exception>
#include <opencv2/core.hpp>

namespace rollcall::vision {

namespace {

std::string size_text(const image_header& header) {
  return std::to_string(header.width_px) + " x " + std::to_string(header.height_px);
}

core::status check_limits(const image_header& header, const decode_limits& limits) {
  const auto pixels = std::uint64_t{header.width_px} * header.height_px;
  if (pixels > limits.max_pixels)
    return core::fail(core::error_code::image_too_large, "Image size is too large: it has " + size_text(header)
                                                             + " pixels; at most " + std::to_string(limits.max_pixels)
                                                             + " are taken.");
  if (std::min(header.width_px, header.height_px) < static_cast<std::uint32_t>(std::max(limits.min_side_px, 1)))
    return core::fail(core::error_code::invalid_argument, "Request has invalid parameters: the image has "
                                                              + size_text(header) + " pixels; each side needs at least "
                                                              + std::to_string(limits.min_side_px) + ".");
  if (header.scans > limits.max_scans)
    return core::fail(core::error_code::invalid_image_format,
                      "Request has invalid image format: the JPEG has too many scans.");
  return core::nothing{};
}

/// Turns the stored picture upright. Source: CIPA DC-008-2012, 4.6.4, the table of tag 0x0112.
cv::Mat upright(const cv::Mat& stored, int orientation) {
  cv::Mat turned;
  switch (orientation) {
    case 2:
      cv::flip(stored, turned, 1);
      return turned;
    case 3:
      cv::rotate(stored, turned, cv::ROTATE_180);
      return turned;
    case 4:
      cv::flip(stored, turned, 0);
      return turned;
    case 5:
      cv::transpose(stored, turned);
      return turned;
    case 6:
      cv::rotate(stored, turned, cv::ROTATE_90_CLOCKWISE);
      return turned;
    case 7:
      cv::transpose(stored, turned);
      cv::rotate(turned, turned, cv::ROTATE_180);
      return turned;
    case 8:
      cv::rotate(stored, turned, cv::ROTATE_90_COUNTERCLOCKWISE);
      return turned;
    default:
      return stored;
  }
}

} // namespace

core::result<bgr8_image> decode(core::byte_view encoded, const decode_limits& limits) {
  ROLLCALL_TRY(const auto header, read_header(encoded));
  ROLLCALL_CHECK(check_limits(header, limits));
  try {
    const auto stored = header.format == image_format::jpeg ? decode_jpeg(encoded) : decode_png(encoded);
    // A decoder that sees another size than the header's walk does was led astray.
    if (stored.type() != CV_8UC3 || stored.cols != static_cast<int>(header.width_px)
        || stored.rows != static_cast<int>(header.height_px))
      return core::fail(core::error_code::invalid_image_format,
                        "Request has invalid image format: the file is damaged.");
    return as_image(upright(stored, header.orientation));
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::invalid_image_format, "Request has invalid image format: the file is damaged.",
                      failed.what());
  }
}

} // namespace rollcall::vision
