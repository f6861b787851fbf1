/// From a decoder's frame, in whatever layout and colours, to an upright picture. Inside vision/capture/ only; each
/// belongs to one source.
#pragma once

#include "core/result.hpp"
#include "vision/capture/ffmpeg.hpp"
#include "vision/image.hpp"

#include <cstddef>

namespace rollcall::vision {

class frame_converter {
public:
  /// Frames are turned clockwise by `quarter_turns` × 90 degrees.
  frame_converter(int quarter_turns, std::size_t max_pixels) : quarter_turns_(quarter_turns), max_pixels_(max_pixels) {}

  /// The frame as a picture of its own memory. Frames may differ in size and layout. About 2 ms at full HD.
  /// Errors: `image_too_large`; `invalid_image_format` for a layout that can't be converted.
  [[nodiscard]] core::result<bgr8_image> convert(const AVFrame& frame);

private:
  int quarter_turns_;
  std::size_t max_pixels_;
  ffmpeg_ptr<SwsContext> scaler_;
};

/// The clockwise quarter turns, 0–3, that a stream's display matrix asks for; 0 where there is none. Mirrored pictures
/// and other angles are taken as they lie.
[[nodiscard]] int quarter_turns_of(const AVStream& stream);

} // namespace rollcall::vision
