/// Keeps others from filling the log: each line goes into it once a minute, and no more than some of them. Header only;
/// one thread.
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

namespace rollcall::net {

class told_lines {
public:
  /// At most `most` lines a minute.
  explicit told_lines(std::size_t most) : most_(most) {}

  /// Whether the line goes into the log.
  [[nodiscard]] bool admits(std::string line, core::steady_time now) {
    if (now >= anew_at_) {
      lines_.clear();
      anew_at_ = now + std::chrono::minutes{1};
    }
    const bool is_admitted = lines_.size() < most_ && lines_.insert(std::move(line)).second;
    untold_ += is_admitted ? 0 : 1;
    return is_admitted;
  }
  /// How many did not since the last call.
  [[nodiscard]] std::size_t take_untold() { return std::exchange(untold_, 0); }

private:
  std::size_t most_;
  std::set<std::string> lines_;
  core::steady_time anew_at_{};
  std::size_t untold_ = 0;
};

} // namespace rollcall::net
