#include "vision/jpeg.hpp"

#include <array>
#include <csetjmp>
#include <cstdio>
#include <jpeglib.h>
#include <memory>

namespace rollcall::vision {

namespace {

/// libjpeg's error handler; `manager` is first, so that a pointer to it is one to the whole.
struct error_handler {
  jpeg_error_mgr manager;
  std::jmp_buf way_out;
};

[[noreturn]] void leave(j_common_ptr info) {
  std::longjmp(reinterpret_cast<error_handler*>(info->err)->way_out, 1);
}

void say_nothing(j_common_ptr /*info*/, int /*level*/) {}

/// Sets the decoder up for rows of BGR, or of CMYK, which libjpeg does not convert.
void begin(jpeg_decompress_struct& info, core::byte_view encoded) {
  jpeg_mem_src(&info, encoded.data(), encoded.size());
  jpeg_read_header(&info, TRUE);
  info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
  jpeg_start_decompress(&info);
}

/// Ink as Adobe stores it, 255 for none, to light.
cv::Mat bgr_of(const cv::Mat& cmyk) {
  cv::Mat made(cmyk.rows, cmyk.cols, CV_8UC3); // in braces they would be a list of pixels
  for (int y = 0; y < cmyk.rows; ++y) {
    const auto* from = cmyk.ptr(y);
    auto* to = made.ptr(y);
    for (int x = 0; x < cmyk.cols; ++x, from += 4, to += 3)
      for (int ink = 0; ink < 3; ++ink)
        to[2 - ink] = static_cast<std::uint8_t>(from[3] - ((255 - from[ink]) * from[3] >> 8));
  }
  return made;
}

/// False when the file is damaged. longjmp passes over no object with a destructor here: the matrix is the caller's.
bool read_rows(jpeg_decompress_struct& info, error_handler& errors, core::byte_view encoded, cv::Mat& into) {
  if (setjmp(errors.way_out) != 0)
    return false;
  jpeg_create_decompress(&info);
  begin(info, encoded);
  into.create(static_cast<int>(info.output_height), static_cast<int>(info.output_width),
              CV_8UC(info.output_components));
  while (info.output_scanline < info.output_height) {
    std::array<JSAMPROW, 8> rows{};
    const auto left = info.output_height - info.output_scanline;
    const auto count = left < rows.size() ? left : static_cast<JDIMENSION>(rows.size());
    for (JDIMENSION i = 0; i < count; ++i)
      rows[i] = into.ptr(static_cast<int>(info.output_scanline + i));
    jpeg_read_scanlines(&info, rows.data(), count);
  }
  jpeg_finish_decompress(&info);
  return true;
}

} // namespace

cv::Mat decode_jpeg(core::byte_view encoded) {
  error_handler errors{};
  jpeg_decompress_struct info{};
  info.err = jpeg_std_error(&errors.manager);
  errors.manager.error_exit = leave;
  errors.manager.emit_message = say_nothing;
  const std::unique_ptr<jpeg_decompress_struct, decltype(&jpeg_destroy_decompress)> owner{&info,
                                                                                          jpeg_destroy_decompress};
  cv::Mat picture;
  if (!read_rows(info, errors, encoded, picture))
    return {};
  return picture.channels() == 4 ? bgr_of(picture) : picture;
}

} // namespace rollcall::vision
