/// Where the frames of a camera stand in time, and which of them are analysed. Plain classes; one thread; no clock of
/// their own.
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <optional>

namespace rollcall::actors {

/// The time of a live stream. Short spans are measured by the timestamps of its sender, which no network disturbs; long
/// ones by when frames came, since a sender's clock may be set, may run at a speed of its own, or may be made up.
class live_clock {
public:
  struct reading {
    std::chrono::milliseconds position{0};             ///< since the first frame; never goes back
    std::optional<std::chrono::milliseconds> set_by{}; ///< the sender's clock was set since the frame before
  };

  /// `stamp`: the sender's time of a frame that came at `came`; none where it has no times.
  [[nodiscard]] reading read(std::optional<std::chrono::milliseconds> stamp, core::steady_time came);

private:
  using ms = std::chrono::duration<double, std::milli>;

  std::optional<core::steady_time> first_;
  core::steady_time came_{}; ///< of the frame before
  ms stamp_{0};              ///< of the frame before
  ms offset_{0};             ///< of positions from stamps
  std::chrono::milliseconds last_{0};
};

/// Chooses frames evenly: on average at most so many a second, each within a tenth of its interval of when it is due.
class frame_pace {
public:
  /// `frames_per_s` > 0.
  explicit frame_pace(double frames_per_s) : interval_(1'000 / frames_per_s) {}

  /// Of a frame at `position`, which never goes back. True: it is chosen.
  [[nodiscard]] bool is_due(std::chrono::milliseconds position);

private:
  using ms = std::chrono::duration<double, std::milli>;

  ms interval_;
  std::optional<ms> due_;
};

} // namespace rollcall::actors
