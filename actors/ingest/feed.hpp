/// Where a camera's frames come from. A seam: videos and streams are one kind, pushed frames another.
#pragma once

#include "core/result.hpp"
#include "vision/capture/video_source.hpp"

#include <memory>
#include <optional>

namespace rollcall::actors {

/// Used by one thread. Calls block; see vision/capture/video_source.hpp for what they give.
class feed {
public:
  virtual ~feed() = default;
  [[nodiscard]] virtual core::result<std::optional<vision::video_frame>> read() = 0;
  [[nodiscard]] virtual core::result<bool> skip() = 0;
  [[nodiscard]] virtual bool is_live() const = 0;
  [[nodiscard]] virtual double frames_per_s() const = 0; ///< 0: unknown
  [[nodiscard]] virtual vision::video_facts facts() const { return {}; }
};

/// Opens what a camera's input names. Errors: those of vision::video_source::open.
[[nodiscard]] core::result<std::unique_ptr<feed>> open_video_feed(const std::string& input);

} // namespace rollcall::actors
