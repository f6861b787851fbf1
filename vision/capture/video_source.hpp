/// Frames of videos and cameras: the door by which moving pictures come in, as `decode` is for still ones. One object
/// per source, used on one thread at a time; sources share nothing, so that one that hangs holds up no other.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "vision/image.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace rollcall::vision {

/// One upright frame (the rotation that the file asks for is applied).
struct video_frame {
  bgr8_image image;
  std::uint64_t number = 0;               ///< from 0; frames that were skipped count
  std::chrono::milliseconds position{0};  ///< media time, of the first frame 0; never goes back within a source
  std::optional<core::wall_time> at = {}; ///< when it was captured, where its sender said so
};

/// What a source says about itself. A camera's frames may change their size later: each frame states its own.
struct video_facts {
  int width_px = 0; ///< of upright frames; 0 where it is known only with the first one
  int height_px = 0;
  double frames_per_s = 0;               ///< 0: unknown
  std::chrono::milliseconds duration{0}; ///< 0: unknown, or live
  std::string codec;                     ///< as FFmpeg names it: "h264", "hevc", "mjpeg" …; of a folder "pictures"
  std::string format;                    ///< by what the file holds, not its name: "QuickTime / MOV", "AVI", "RTSP" …
  bool is_live = false;                  ///< frames come when they happen, and there is no end
  bool has_times = true;                 ///< false: positions are worked out from a rate that may be wrong
};

/// What a source may take.
struct capture_limits {
  /// Width × height of a frame; a larger one is never decoded. Where the file does not state its size beforehand, it
  /// counts as one without frames that can be decoded.
  std::size_t max_pixels = 50'000'000;
  std::chrono::milliseconds open_timeout{10'000};
  std::chrono::milliseconds read_timeout{10'000}; ///< for one frame
};

class frame_feed;

class video_source {
public:
  /// Opens what `uri` names:
  ///   rtsp://, rtsps://     a camera's stream, over TCP
  ///   http://, https://     a file, an HLS or a Motion JPEG stream
  ///   file:///absolute/path a video; or a folder, whose JPEG and PNG pictures are its frames, one a second, in the
  ///                         order of their names (percent-escapes are resolved)
  ///   v4l2:///dev/videoN    a camera of this machine
  /// Errors: `invalid_argument` for another scheme; `not_found` where there is no such file, folder or device, or none
  /// that can be read; `invalid_image_format` for what is no video or can't be decoded; `image_too_large` over
  /// max_pixels; `unavailable` for a stream that does not answer in time or refuses. No error tells the user, password,
  /// path or query of a stream. Blocking, up to open_timeout. Decodes on the caller's thread alone, in about 30 MB at
  /// full HD.
  [[nodiscard]] static core::result<std::unique_ptr<video_source>> open(const std::string& uri,
                                                                        const capture_limits& limits = {});

  ~video_source();
  video_source(const video_source&) = delete;
  video_source& operator=(const video_source&) = delete;

  /// The next frame; none at the end. The picture is its owner's: the source never touches it again.
  /// Errors: `invalid_image_format` where the file is damaged or, by its index, cut short (after all frames before that
  /// point; frames that alone are damaged are left out); `image_too_large`; `unavailable` when a stream breaks off or
  /// sends no frame for read_timeout. A folder goes on behind a picture that can't be decoded; every other source is
  /// over after an error. Blocking, up to read_timeout.
  [[nodiscard]] core::result<std::optional<video_frame>> read();

  /// Goes to the next frame, at two thirds of the cost: decoded, since later ones build on it, but no picture is made
  /// of it. False at the end. Errors: as `read`.
  [[nodiscard]] core::result<bool> advance();
  /// Where the frame stands that was come to last. Never goes back: where the times in the stream do, by more than a
  /// second, it goes on by one frame's.
  [[nodiscard]] std::chrono::milliseconds position() const noexcept { return last_; }
  /// The time that the stream itself gives to that frame, of the first one 0; it may go back.
  [[nodiscard]] std::chrono::milliseconds stamp() const noexcept { return stamp_; }
  /// That frame with its picture, once. Errors: as `read`, of the picture.
  [[nodiscard]] core::result<video_frame> frame();

  [[nodiscard]] const video_facts& facts() const noexcept;

private:
  explicit video_source(std::unique_ptr<frame_feed> from);
  void note(std::chrono::milliseconds stamp);

  std::unique_ptr<frame_feed> feed_;
  std::uint64_t next_ = 0;
  std::chrono::milliseconds last_{0};
  std::chrono::milliseconds stamp_{0};
  std::chrono::milliseconds begin_{0}; ///< of the stamps that are counted on from now
};

} // namespace rollcall::vision
