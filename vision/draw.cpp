#include "vision/draw.hpp"

#include "vision/cv_image.hpp"
#include "vision/image.hpp"

#include <algorithm>
#include <cmath>
#include <exception>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace rollcall::vision {

namespace {

constexpr int font = cv::FONT_HERSHEY_SIMPLEX;
const cv::Scalar black{0, 0, 0};
const cv::Scalar white{255, 255, 255};

core::result<cv::Mat> open_copy(core::byte_view encoded) {
  decode_limits limits;
  limits.min_side_px = 1;
  ROLLCALL_TRY(const auto image, decode(encoded, limits));
  return as_mat(image).clone();
}

core::result<core::bytes> encode(const cv::Mat& picture, picture_format format) {
  constexpr int jpeg_quality = 92;
  std::vector<int> options;
  if (format == picture_format::jpeg)
    options = {cv::IMWRITE_JPEG_QUALITY, jpeg_quality};
  core::bytes encoded;
  if (!cv::imencode(format == picture_format::jpeg ? ".jpg" : ".png", picture, encoded, options))
    return core::fail(core::error_code::internal, "the picture could not be encoded");
  return encoded;
}

/// Hershey fonts know ASCII only; a character beyond it becomes one '?', not one for each of its bytes.
std::string drawable(const std::string& text) {
  std::string ascii;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7F)
      ascii.push_back(c);
    else if ((byte & 0xC0U) != 0x80U)
      ascii.push_back('?');
  }
  return ascii;
}

/// Text size that suits the picture.
double font_scale(const cv::Mat& picture) {
  return std::clamp(std::min(picture.cols, picture.rows) / 1'000.0, 0.4, 2.0);
}

void draw_label(cv::Mat& picture, const cv::Rect& box, const std::string& label, const cv::Scalar& colour) {
  const double scale = font_scale(picture);
  const int stroke = std::max(1, static_cast<int>(2 * scale));
  int below = 0;
  const auto size = cv::getTextSize(label, font, scale, stroke, &below);
  const int height = size.height + below + 4;
  const int left = std::clamp(box.x, 0, std::max(0, picture.cols - size.width - 4));
  const bool has_room = box.y >= height;
  const int top = std::clamp(has_room ? box.y - height : box.br().y, 0, std::max(0, picture.rows - height));
  cv::rectangle(picture, cv::Rect{left, top, size.width + 4, height}, colour, cv::FILLED);
  cv::putText(picture, label, {left + 2, top + size.height + 2}, font, scale, black, stroke, cv::LINE_AA);
}

void draw_one(cv::Mat& picture, const labelled_box& one) {
  const cv::Rect box{static_cast<int>(std::lround(one.box.left)), static_cast<int>(std::lround(one.box.top)),
                     std::max(1, static_cast<int>(std::lround(one.box.width))),
                     std::max(1, static_cast<int>(std::lround(one.box.height)))};
  const auto& [red, green, blue] = one.colour_rgb;
  const cv::Scalar colour(blue, green, red);
  cv::rectangle(picture, box, colour, std::max(1, static_cast<int>(std::lround(3 * font_scale(picture)))));
  if (const auto label = drawable(one.label); !label.empty())
    draw_label(picture, box, label, colour);
}

/// The box with `margin` of its size around it on each side, as far as the picture reaches.
core::result<cv::Mat> surroundings(core::byte_view encoded, const pixel_box& box, float margin) {
  ROLLCALL_TRY(const auto picture, open_copy(encoded));
  const cv::Rect wanted{static_cast<int>(box.left - box.width * margin),
                        static_cast<int>(box.top - box.height * margin), static_cast<int>(box.width * (1 + 2 * margin)),
                        static_cast<int>(box.height * (1 + 2 * margin))};
  const auto inside = wanted & cv::Rect{0, 0, picture.cols, picture.rows};
  if (inside.empty())
    return core::fail(core::error_code::invalid_argument, "the box lies outside the picture");
  return picture(inside).clone();
}

/// The box with half its size around it, scaled to `height_px`.
core::result<cv::Mat> cut_out(core::byte_view encoded, const pixel_box& box, int height_px) {
  ROLLCALL_TRY(const auto inside, surroundings(encoded, box, 0.25F));
  const double scale = static_cast<double>(height_px) / inside.rows;
  cv::Mat scaled;
  cv::resize(inside, scaled, {std::max(1, static_cast<int>(inside.cols * scale)), height_px}, 0, 0,
             scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
  return scaled;
}

/// Runs `draw`; whatever OpenCV throws becomes an error.
template <class Draw>
auto guarded(Draw draw) -> decltype(draw()) {
  try {
    return draw();
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::internal, "the picture could not be drawn", failed.what());
  }
}

} // namespace

core::result<core::bytes> draw_boxes(core::byte_view encoded, std::span<const labelled_box> boxes,
                                     picture_format format) {
  return guarded([&]() -> core::result<core::bytes> {
    ROLLCALL_TRY(auto picture, open_copy(encoded));
    for (const auto& one : boxes)
      draw_one(picture, one);
    return encode(picture, format);
  });
}

core::result<bgr8_image> draw_boxes(const bgr8_image& frame, std::span<const labelled_box> boxes) {
  return guarded([&]() -> core::result<bgr8_image> {
    auto picture = as_mat(frame).clone();
    for (const auto& one : boxes)
      draw_one(picture, one);
    return as_image(picture);
  });
}

core::result<core::bytes> encode_picture(const bgr8_image& frame, picture_format format) {
  return guarded([&] { return encode(as_mat(frame), format); });
}

core::result<core::bytes> draw_timeline(std::span<const timeline_row> rows, double length_s) {
  return guarded([&]() -> core::result<core::bytes> {
    constexpr int label_px = 220;
    constexpr int axis_px = 900;
    constexpr int row_px = 34;
    constexpr int margin_px = 14;
    const double length = std::max(length_s, 0.1);
    const auto x_of = [&](double seconds) {
      return label_px + static_cast<int>(std::lround(std::clamp(seconds / length, 0.0, 1.0) * axis_px));
    };
    const int rows_px = row_px * static_cast<int>(rows.size());
    cv::Mat sheet{rows_px + row_px + 2 * margin_px, label_px + axis_px + 2 * margin_px, CV_8UC3, white};
    const cv::Scalar grey(200, 200, 200);
    double step = 1;
    for (int turn = 0; length / step > 12; ++turn)
      step *= turn % 3 == 1 ? 2.5 : 2; // 1, 2, 5, 10, …
    for (double at = 0; at <= length; at += step) {
      cv::line(sheet, {x_of(at), margin_px}, {x_of(at), margin_px + rows_px}, grey, 1);
      cv::putText(sheet, std::to_string(static_cast<int>(at)) + " s", {x_of(at) - 10, margin_px + rows_px + 22}, font,
                  0.5, black, 1, cv::LINE_AA);
    }
    int top = margin_px;
    for (const auto& row : rows) {
      cv::putText(sheet, drawable(row.label), {margin_px, top + row_px - 12}, font, 0.55, black, 1, cv::LINE_AA);
      const auto& [red, green, blue] = row.colour_rgb;
      for (const auto& [from, to] : row.seen_s)
        cv::rectangle(sheet, cv::Point{x_of(from), top + 7},
                      cv::Point{std::max(x_of(to), x_of(from) + 2), top + row_px - 7}, cv::Scalar(blue, green, red),
                      cv::FILLED);
      top += row_px;
    }
    return encode(sheet, picture_format::png);
  });
}

core::result<core::bytes> draw_comparison(core::byte_view a_image, const pixel_box& box_a, core::byte_view b_image,
                                          const pixel_box& box_b, const std::string& text) {
  return guarded([&]() -> core::result<core::bytes> {
    constexpr int height_px = 320;
    constexpr int margin_px = 12;
    constexpr int text_px = 40;
    ROLLCALL_TRY(const auto a, cut_out(a_image, box_a, height_px));
    ROLLCALL_TRY(const auto b, cut_out(b_image, box_b, height_px));
    const auto line = drawable(text);
    int below = 0;
    const auto size = cv::getTextSize(line, font, 0.7, 1, &below);
    const int faces_px = a.cols + b.cols + margin_px;
    cv::Mat sheet{height_px + 2 * margin_px + text_px, std::max(faces_px, size.width) + 2 * margin_px, CV_8UC3, white};
    const int left = (sheet.cols - faces_px) / 2;
    a.copyTo(sheet(cv::Rect{left, margin_px, a.cols, a.rows}));
    b.copyTo(sheet(cv::Rect{left + a.cols + margin_px, margin_px, b.cols, b.rows}));
    cv::putText(sheet, line, {(sheet.cols - size.width) / 2, height_px + margin_px + text_px / 2 + 8}, font, 0.7, black,
                1, cv::LINE_AA);
    return encode(sheet, picture_format::png);
  });
}

core::result<core::bytes> cut_face(core::byte_view encoded, const pixel_box& box) {
  return guarded([&]() -> core::result<core::bytes> {
    constexpr int min_side_px = 160;
    ROLLCALL_TRY(auto face, surroundings(encoded, box, 0.5F));
    if (const double scale = static_cast<double>(min_side_px) / std::min(face.cols, face.rows); scale > 1)
      cv::resize(face, face, {}, scale, scale, cv::INTER_CUBIC);
    return encode(face, picture_format::jpeg);
  });
}

} // namespace rollcall::vision
