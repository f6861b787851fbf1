/// Until when this process may call its answers current, where others could take writes in its place. Counted down on
/// the monotonic clock. Any thread.
#pragma once

#include "core/clock.hpp"

#include <atomic>

namespace rollcall::actors {

class serving_lease {
public:
  /// What clocks of two machines may differ by over the length of a lease.
  static constexpr std::chrono::milliseconds margin{250};

  /// A lease of `left`, told in an answer to what was asked at `asked`. Never shortens it.
  void renew(core::steady_time asked, std::chrono::milliseconds left) noexcept {
    const auto until = (asked + left - margin).time_since_epoch().count();
    auto held = until_.load();
    while (held < until && !until_.compare_exchange_weak(held, until)) {
    }
  }

  [[nodiscard]] bool holds(core::steady_time now) const noexcept { return now.time_since_epoch().count() < until_; }

private:
  std::atomic<core::steady_time::rep> until_ = 0;
};

} // namespace rollcall::actors
