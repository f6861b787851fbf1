/// Where a camera's frames come from. A seam: videos and streams are one kind, pushed frames another.
#pragma once

#include "core/result.hpp"
#include "vision/capture/video_source.hpp"

#include <chrono>
#include <memory>
#include <optional>

namespace rollcall::actors {

/// Used by one thread. Calls block; see vision/capture/video_source.hpp for what they give.
class feed {
public:
  virtual ~feed() = default;
  /// Goes to the next frame; false at the end.
  [[nodiscard]] virtual core::result<bool> advance() = 0;
  /// Where it stands by the stream's own time, which of a live one may go back; none where it has none.
  [[nodiscard]] virtual std::optional<std::chrono::milliseconds> position() const = 0;
  /// It with its picture, once. `invalid_image_format`: this one can't be decoded; others may be.
  [[nodiscard]] virtual core::result<vision::video_frame> frame() = 0;
  [[nodiscard]] virtual bool is_live() const = 0;
  [[nodiscard]] virtual vision::video_facts facts() const { return {}; }
};

/// Opens what a camera's input names. Errors: those of vision::video_source::open, but for a stream that is no video:
/// `unavailable`, as the next answer may be one.
[[nodiscard]] core::result<std::unique_ptr<feed>> open_video_feed(const std::string& input);

} // namespace rollcall::actors
