/// What this process has seen of other nodes' serving leases, on its own monotonic clock: when each was first seen.
/// Thus it knows how long a node may still call its answers current without trusting any other clock. Any thread.
#pragma once

#include "core/clock.hpp"
#include "store/membership.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <string>

namespace rollcall::actors {

class lease_watch {
public:
  /// A node's newest lease, in an answer that came at `answered`. Gives what may be left of it at most.
  std::chrono::milliseconds see(const std::string& node, const store::lease_mark& lease, core::steady_time answered) {
    const std::lock_guard lock(mutex_);
    auto& seen = seen_[node];
    if (seen.number != lease.number)
      seen = {lease.number, answered};
    const auto left = seen.first + lease.span - answered;
    // Rounded up: not a moment too few.
    return std::max(std::chrono::milliseconds{0}, std::chrono::ceil<std::chrono::milliseconds>(left));
  }

private:
  struct sight {
    std::uint64_t number = 0; ///< leases count from 1
    core::steady_time first;
  };

  std::mutex mutex_;
  std::map<std::string, sight> seen_;
};

} // namespace rollcall::actors
