/// When which partition's snapshot on disk is to be written anew, or to go. A plain class over states and times that
/// are given to it; one thread.
#pragma once

#include "actors/search/placement.hpp"
#include "core/clock.hpp"
#include "shard/partition_reader.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <set>

namespace rollcall::actors {

struct snapshot_limits {
  std::uint64_t after_mutations = 10'000;        ///< written anew after so many, and half of those it contains
  std::chrono::milliseconds after{300'000};      ///< or after this, where anything has changed
  std::chrono::milliseconds scrub_after{30'000}; ///< after a removal: what was removed is on no disk then
};

/// `write`: now. `remove`: it holds what was removed, and there is no writing it in time.
enum class snapshot_step { none, write, remove };

class snapshot_schedule {
public:
  explicit snapshot_schedule(const snapshot_limits& limits) : limits_(limits) {}

  /// A partition as it is now; what to do about it.
  [[nodiscard]] snapshot_step see(const partition_key& key, const shard::partition_state& state, core::steady_time now);
  /// The disk has a snapshot of that state, whose writing took so long (0: it was there).
  void note_written(const partition_key& key, const shard::partition_state& state, core::steady_time now,
                    std::chrono::milliseconds took);
  /// Writing failed; it is tried again after a pause.
  void note_failed(const partition_key& key, core::steady_time now);
  /// The disk has none.
  void note_removed(const partition_key& key);
  /// Whether the disk may hold what was removed. Of partitions that were seen.
  [[nodiscard]] bool is_stale(const partition_key& key) const;
  /// Forgets all others.
  void keep_only(const std::set<partition_key>& keys);
  /// When to look again, if nothing changes before; none: not at all.
  [[nodiscard]] std::optional<core::steady_time> due() const;

private:
  struct entry {
    std::optional<shard::partition_state> written;
    std::optional<core::steady_time> changed; ///< when that was first seen
    std::optional<core::steady_time> erased;
    core::steady_time not_before{}; ///< for the sake of the disk
    core::steady_time retry_at{};
  };
  [[nodiscard]] core::steady_time due(const entry& one) const;

  snapshot_limits limits_;
  std::map<partition_key, entry> entries_;
};

} // namespace rollcall::actors
