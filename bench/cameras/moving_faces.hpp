/// A video that never was: real faces, cut from labelled portraits, move over noise, pass behind each other, leave and
/// come back; and where they truly are. For bench_track alone; one thread.
#pragma once

#include "core/result.hpp"
#include "vision/analysis.hpp"
#include "vision/face_analyzer.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

namespace rollcall::bench {

struct moving_options {
  std::size_t persons = 8; ///< in all; each is there two thirds of the time
  std::size_t frames = 500;
  double frames_per_s = 25;
  std::uint32_t seed = 1;
};

/// A person whose face can be seen: at most 40 % covered or out of the picture.
struct true_face {
  std::size_t person = 0; ///< from 0
  vision::pixel_box box;
};

struct moving_frame {
  vision::bgr8_image image; ///< 1280 × 720
  std::chrono::milliseconds position{0};
  std::vector<true_face> truth;
};

class moving_faces {
public:
  /// Chooses persons from `lfw`, a folder with one folder of pictures a person; `finds` looks where their faces lie.
  /// Errors: `not_found` when there are fewer persons than asked for.
  [[nodiscard]] static core::result<std::unique_ptr<moving_faces>>
  make(const std::filesystem::path& lfw, vision::face_analyzer& finds, const moving_options& options);

  ~moving_faces();
  moving_faces(const moving_faces&) = delete;
  moving_faces& operator=(const moving_faces&) = delete;

  /// The next frame; none behind the last.
  [[nodiscard]] std::optional<moving_frame> next();

private:
  struct scene;
  explicit moving_faces(std::unique_ptr<scene> of);

  std::unique_ptr<scene> scene_;
};

} // namespace rollcall::bench
