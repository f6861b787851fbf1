/// Since when this process has seen the queries of collections ask their doubled partitions: those that began before
/// are over when a request's time has passed. On its own monotonic clock, so a process that is new waits anew. Any
/// thread.
#pragma once

#include "core/clock.hpp"
#include "core/uuid.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

namespace rollcall::front {

class doubling_watch {
public:
  /// Queries ask `partitions` partitions, as the store said it before `now`. Gives when that was seen first.
  core::steady_time see(core::collection_key collection, std::uint32_t partitions, core::steady_time now) {
    const std::lock_guard lock(mutex_);
    auto& seen = seen_[collection];
    if (seen.first != partitions)
      seen = {partitions, now};
    return seen.second;
  }
  void forget(core::collection_key collection) {
    const std::lock_guard lock(mutex_);
    seen_.erase(collection);
  }

private:
  std::mutex mutex_;
  std::map<core::collection_key, std::pair<std::uint32_t, core::steady_time>> seen_; ///< one for each that is doubled
};

} // namespace rollcall::front
