/// A file or stream taken apart into packets: FFmpeg's input, opened safely and bounded in time. Inside vision/capture/
/// only; used on its source's thread.
#pragma once

#include "vision/capture/ffmpeg.hpp"
#include "vision/capture/source_uri.hpp"
#include "vision/capture/video_source.hpp"

#include <chrono>

namespace rollcall::vision {

class opened_input {
public:
  /// Opens the input and finds its first video stream; all other streams are thrown away unread.
  /// Errors: those of `video_source::open`.
  [[nodiscard]] static core::result<opened_input> open(const source_uri& uri, const capture_limits& limits);

  [[nodiscard]] AVFormatContext& context() const noexcept { return *input_; }
  [[nodiscard]] const AVStream& stream() const noexcept { return *stream_; }

  /// What is read from now on may take this long all together; then reading fails.
  void allow(std::chrono::milliseconds time) noexcept;

  /// Whether it took longer.
  [[nodiscard]] bool is_late() const noexcept;

  /// Whether the input ended before the last frame of its index: a file that is cut short.
  [[nodiscard]] bool lacks_frames() const noexcept;

private:
  using time_point = std::chrono::steady_clock::time_point;

  opened_input() = default;
  core::status start(const source_uri& uri, const capture_limits& limits);
  core::status choose_stream(const source_uri& uri, const capture_limits& limits);
  [[nodiscard]] core::error failure_of(int code, const source_uri& uri, const capture_limits& limits) const;

  std::unique_ptr<time_point> until_ = std::make_unique<time_point>(); ///< FFmpeg holds its address; outlives input_
  ffmpeg_ptr<AVFormatContext> input_;
  const AVStream* stream_ = nullptr;
};

} // namespace rollcall::vision
