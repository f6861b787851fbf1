/// Writes pictures into a video file, for people to look at. Nothing in the path of a camera uses it. One thread.
#pragma once

#include "core/result.hpp"
#include "vision/image.hpp"

#include <filesystem>
#include <memory>

namespace rollcall::vision {

class video_writer {
public:
  /// Begins a file by its name's ending (.mp4, .mkv, .avi, …), in H.264 where the libraries have an encoder for it,
  /// else MPEG-4. The sides are rounded down to even numbers. One that exists is written over. Errors:
  /// `invalid_argument` (the ending is none of a video's; sides under 2; frames a second not in [1, 240]),
  /// `storage_full` (the file can't be written), `unsupported` (no encoder).
  [[nodiscard]] static core::result<std::unique_ptr<video_writer>> open(const std::filesystem::path& file, int width_px,
                                                                        int height_px, int frames_per_s);

  /// Without `finish` the file is cut off.
  ~video_writer();
  video_writer(const video_writer&) = delete;
  video_writer& operator=(const video_writer&) = delete;

  /// The next frame; of another size than the file's it is scaled. Errors: `storage_full`, `invalid_argument` (no
  /// pixels), `internal`.
  [[nodiscard]] core::status add(const bgr8_image& frame);
  /// Writes what is left, and the file's index. Errors: `storage_full`, `internal`.
  [[nodiscard]] core::status finish();

private:
  struct state;
  explicit video_writer(std::unique_ptr<state> made);
  std::unique_ptr<state> state_;
};

} // namespace rollcall::vision
