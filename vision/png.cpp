#include "vision/png.hpp"

#include <csetjmp>
#include <cstring>
#include <png.h>
#include <vector>

namespace rollcall::vision {

namespace {

/// What libpng's callbacks work with.
struct reading {
  core::byte_view left;
  std::jmp_buf way_out;
};

[[noreturn]] void leave(png_structp png, png_const_charp /*message*/) {
  std::longjmp(static_cast<reading*>(png_get_error_ptr(png))->way_out, 1);
}

void say_nothing(png_structp /*png*/, png_const_charp /*message*/) {}

void copy_bytes(png_structp png, png_bytep to, std::size_t size) {
  auto& from = *static_cast<reading*>(png_get_io_ptr(png));
  if (size > from.left.size())
    leave(png, "");
  std::memcpy(to, from.left.data(), size);
  from.left = from.left.subspan(size);
}

void want_bgr(png_structp png, png_infop info) {
  const auto colours = png_get_color_type(png, info);
  const auto depth = png_get_bit_depth(png, info);
  if (depth == 16)
    png_set_strip_16(png);
  png_set_strip_alpha(png);
  if (colours == PNG_COLOR_TYPE_PALETTE)
    png_set_palette_to_rgb(png);
  const bool is_grey = (colours & PNG_COLOR_MASK_COLOR) == 0;
  if (is_grey && depth < 8)
    png_set_expand_gray_1_2_4_to_8(png);
  if (is_grey)
    png_set_gray_to_rgb(png);
  else
    png_set_bgr(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
}

/// Owns libpng's state for one file.
class png_reader {
public:
  explicit png_reader(core::byte_view encoded) : from_{encoded, {}} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &from_, leave, say_nothing);
    info_ = png_ == nullptr ? nullptr : png_create_info_struct(png_);
  }
  ~png_reader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  png_reader(const png_reader&) = delete;
  png_reader& operator=(const png_reader&) = delete;

  /// False when the file is damaged. longjmp passes over no object with a destructor here.
  bool read(cv::Mat& into, std::vector<png_bytep>& rows) {
    if (info_ == nullptr || setjmp(from_.way_out) != 0)
      return false;
    png_set_read_fn(png_, &from_, copy_bytes);
    png_read_info(png_, info_);
    want_bgr(png_, info_);
    const auto height = png_get_image_height(png_, info_);
    into.create(static_cast<int>(height), static_cast<int>(png_get_image_width(png_, info_)), CV_8UC3);
    if (png_get_rowbytes(png_, info_) != into.cols * into.elemSize())
      return false;
    rows.resize(height);
    for (png_uint_32 row = 0; row < height; ++row)
      rows[row] = into.ptr(static_cast<int>(row));
    png_read_image(png_, rows.data());
    png_read_end(png_, nullptr);
    return true;
  }

private:
  reading from_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
};

} // namespace

cv::Mat decode_png(core::byte_view encoded) {
  png_reader reader{encoded};
  cv::Mat picture;
  std::vector<png_bytep> rows;
  return reader.read(picture, rows) ? picture : cv::Mat{};
}

} // namespace rollcall::vision
