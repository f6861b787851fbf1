#include "vision/capture/frame_converter.hpp"

#include "vision/cv_image.hpp"

#include <array>
#include <cmath>
#include <opencv2/core.hpp>

namespace rollcall::vision {

namespace {

/// A picture whose rows leave room for the scaler, which writes whole blocks of pixels.
cv::Mat make_roomy(int width, int height) {
  constexpr int block_px = 32;
  const cv::Mat roomy(height + 1, (width + 2 * block_px - 1) / block_px * block_px, CV_8UC3);
  return roomy(cv::Rect{0, 0, width, height});
}

/// Untold colours are those of the size: standard definition is BT.601, high definition BT.709.
void set_colours(SwsContext& scaler, const AVFrame& frame) {
  const bool is_told = frame.colorspace != AVCOL_SPC_UNSPECIFIED && frame.colorspace != AVCOL_SPC_RGB;
  const int space = is_told ? static_cast<int>(frame.colorspace) : frame.height >= 720 ? SWS_CS_ITU709 : SWS_CS_ITU601;
  const bool is_full = frame.color_range == AVCOL_RANGE_JPEG || frame.format == AV_PIX_FMT_YUVJ420P
                       || frame.format == AV_PIX_FMT_YUVJ422P || frame.format == AV_PIX_FMT_YUVJ444P;
  constexpr int one = 1 << 16;
  sws_setColorspaceDetails(&scaler, sws_getCoefficients(space), is_full ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1,
                           0, one, one);
}

cv::Mat turned(const cv::Mat& picture, int quarter_turns) {
  constexpr std::array turns{cv::ROTATE_90_CLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_COUNTERCLOCKWISE};
  if (quarter_turns == 0)
    return picture;
  cv::Mat upright;
  cv::rotate(picture, upright, turns.at(static_cast<std::size_t>(quarter_turns) - 1));
  return upright;
}

} // namespace

core::result<bgr8_image> frame_converter::convert(const AVFrame& frame) {
  if (frame.width < 1 || frame.height < 1)
    return core::fail(core::error_code::invalid_image_format, "a frame of the video has no pixels");
  if (static_cast<std::size_t>(frame.width) * static_cast<std::size_t>(frame.height) > max_pixels_)
    return core::fail(core::error_code::image_too_large,
                      "a frame of the video has more than " + std::to_string(max_pixels_) + " pixels");
  scaler_.reset(sws_getCachedContext(scaler_.release(), frame.width, frame.height,
                                     static_cast<AVPixelFormat>(frame.format), frame.width, frame.height,
                                     AV_PIX_FMT_BGR24, SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!scaler_)
    return core::fail(core::error_code::invalid_image_format, "the video's colours can't be converted");
  set_colours(*scaler_, frame);
  auto picture = make_roomy(frame.width, frame.height);
  const std::array<std::uint8_t*, 4> planes{picture.data};
  const std::array<int, 4> strides{static_cast<int>(picture.step[0])};
  if (sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes.data(), strides.data())
      != frame.height)
    return core::fail(core::error_code::invalid_image_format, "a frame of the video can't be converted");
  return as_image(turned(picture, quarter_turns_));
}

int quarter_turns_of(const AVStream& stream) {
  std::size_t bytes = 0;
  const auto* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &bytes);
  if (matrix == nullptr || bytes < 9 * sizeof(std::int32_t))
    return 0;
  const double anticlockwise = av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix));
  if (!std::isfinite(anticlockwise))
    return 0;
  const auto turns = static_cast<int>(std::lround(-anticlockwise / 90));
  const bool is_quarter = std::abs(-anticlockwise - 90 * turns) < 1;
  return is_quarter ? (turns + 4) % 4 : 0;
}

} // namespace rollcall::vision
