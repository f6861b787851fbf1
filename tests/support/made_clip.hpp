/// Short videos for tests, the demonstration and benchmarks: photographs of people move before a wall. Pure functions
/// on files; any thread.
#pragma once

#include "core/result.hpp"

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace rollcall::test {

/// A photograph that moves on a straight line while it is in view. Places are those of its centre, as ratios of the
/// frame's sides, and may lie outside of it.
struct walker {
  std::filesystem::path photo;
  double height = 0.5; ///< of the photograph, as a ratio of the frame's
  double from_s = 0;
  double to_s = 1; ///< not in view from then on
  double from_x = 0;
  double to_x = 1;
  double y = 0.5;
  int quarters = 0; ///< by which the photograph is turned, clockwise
};

struct clip_shape {
  int width_px = 1280;
  int height_px = 720;
  int frames_per_s = 25;
  double seconds = 4;
  std::string codec = "MJPG"; ///< four letters that FFmpeg knows; the container is that of the file's ending
};

/// Writes the walkers, later ones before earlier ones, into a video. Errors: `not_found` (a
/// photograph), `internal` (the file can't be written).
[[nodiscard]] core::status write_clip(const std::filesystem::path& file, const std::vector<walker>& walkers,
                                      const clip_shape& shape = {});

} // namespace rollcall::test
