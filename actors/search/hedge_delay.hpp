/// How long a request to a shard may take before another replica is asked beside it: the 95th percentile of recent
/// answers, so that one request in twenty is asked twice when all is well. A plain class, part of the COORDINATOR's
/// state.
/// Source: Dean and Barroso, The Tail at Scale, Communications of the ACM 56(2), 2013.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>

namespace rollcall::actors {

class hedge_delay {
public:
  using duration = std::chrono::microseconds;

  /// Within [`least`, `most`]; `most` until enough answers have come.
  hedge_delay(duration least, duration most) : least_(least), most_(most), current_(most) {}

  /// An answer took so long.
  void note(duration took) {
    recent_[count_++ % recent_.size()] = took;
    if (count_ >= recent_.size() && count_ % refresh == 0)
      study();
  }

  [[nodiscard]] duration current() const noexcept { return current_; }

private:
  static constexpr std::size_t refresh = 32; ///< answers between two looks

  void study() {
    auto sorted = recent_;
    const auto at = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() * 95 / 100);
    std::nth_element(sorted.begin(), at, sorted.end());
    current_ = std::clamp(*at, least_, most_);
  }

  duration least_;
  duration most_;
  duration current_;
  std::size_t count_ = 0;
  std::array<duration, 256> recent_{};
};

} // namespace rollcall::actors
