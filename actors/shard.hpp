/// SHARD: owns the partitions placed on it and their indexes. One or several per node.
#pragma once

#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <chrono>

namespace rollcall::actors {

struct shard_settings {
  std::uint32_t index = 0;                        ///< this actor's place in [0, shards)
  std::uint32_t shards = 1;                       ///< SHARD actors that share the partitions (actors/placement.hpp)
  std::size_t workers = 2;                        ///< search threads. Range [1, 256]
  std::size_t queue = 256;                        ///< searches waiting for a thread. Range [1, 65'536]
  std::size_t most_compared = 1'000'000;          ///< references a partition and probe, see coded_index_limits
  std::size_t page = 2'048;                       ///< references or mutations per read from STORE. Range [1, 65'536]
  std::chrono::milliseconds read_timeout{30'000}; ///< for one read from STORE
  std::chrono::milliseconds retry{200};           ///< pause before a failed read is tried again
};

/// Starts a SHARD actor, which subscribes to `from`, loads its partitions and then serves.
///
/// States: loading (searches: `not_ready`; pushed mutations are confirmed at once, since loading does not end before
/// the store's tail was read after them) → ready. A missing mutation sends the partition back to the store's tail: it
/// is answered as not current until it has caught up. A failed read is repeated after `retry`, for ever.
///
/// An exit message drains it: searches not yet started are answered `unavailable`, running ones are finished.
///
/// Metrics, labelled with the index: rollcall_shard_refused_total, rollcall_shard_outstanding,
/// rollcall_shard_search_seconds, rollcall_shard_apply_seconds, rollcall_shard_references, rollcall_shard_memory_bytes,
/// rollcall_shard_gaps_total, rollcall_shard_compared_total.
/// Preconditions (asserted): settings in range. `metrics` outlives the actor.
[[nodiscard]] shard_actor shard(caf::actor_system& system, store_actor from, shard_settings settings,
                                core::metric_registry& metrics);

} // namespace rollcall::actors
