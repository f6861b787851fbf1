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

/// Sets the decoder up for rows of BGR; false for the colour spaces left to OpenCV.
bool begin(jpeg_decompress_struct& info, core::byte_view encoded) {
  jpeg_mem_src(&info, encoded.data(), encoded.size());
  jpeg_read_header(&info, TRUE);
  if (info.jpeg_color_space != JCS_GRAYSCALE && info.jpeg_color_space != JCS_YCbCr && info.jpeg_color_space != JCS_RGB)
    return false;
  info.out_color_space = JCS_EXT_BGR;
  jpeg_start_decompress(&info);
  return true;
}

/// False when the file is damaged. longjmp passes over no object with a destructor here: the matrix is the caller's.
bool read_rows(jpeg_decompress_struct& info, error_handler& errors, core::byte_view encoded, cv::Mat& into) {
  if (setjmp(errors.way_out) != 0)
    return false;
  jpeg_create_decompress(&info);
  if (!begin(info, encoded))
    return false;
  into.create(static_cast<int>(info.output_height), static_cast<int>(info.output_width), CV_8UC3);
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
  return read_rows(info, errors, encoded, picture) ? picture : cv::Mat{};
}

} // namespace rollcall::vision
