/// What a `video_source` draws from: one implementation per kind of source. Inside vision/ only.
#pragma once

#include "vision/capture/video_source.hpp"

namespace rollcall::vision {

class frame_feed {
public:
  virtual ~frame_feed() = default;

  /// Goes on to the next frame; false at the end. Errors: those of `video_source::read`.
  [[nodiscard]] virtual core::result<bool> advance() = 0;

  /// The frame that `advance` went to. Errors: those of `video_source::read`.
  [[nodiscard]] virtual core::result<bgr8_image> picture() = 0;

  /// Its media time, as the source states it; may go back.
  [[nodiscard]] virtual std::chrono::milliseconds position() const = 0;

  [[nodiscard]] virtual const video_facts& facts() const noexcept = 0;
};

} // namespace rollcall::vision
