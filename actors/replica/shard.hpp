/// SHARD: owns the partitions placed on it and their indexes. One per node of a cluster; one or several without one.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/replica/memory_watch.hpp"
#include "actors/replica/snapshot_settings.hpp"
#include "core/metrics.hpp"

#include <chrono>

namespace rollcall::actors {

struct shard_settings {
  std::uint32_t index = 0;               ///< this actor's place in [0, shards)
  std::uint32_t shards = 1;              ///< SHARD actors that share the partitions (actors/search/placement.hpp)
  std::size_t workers = 2;               ///< search threads. Range [1, 256]
  std::size_t queue = 256;               ///< searches waiting for a thread. Range [1, 65'536]
  std::size_t most_compared = 1'000'000; ///< references a partition and probe, see coded_index_limits
  std::size_t lists_from = 65'536;       ///< the same
  std::size_t page = 2'048;              ///< references or mutations per read from STORE. Range [1, 65'536]
  std::chrono::milliseconds read_timeout{30'000}; ///< for one read from STORE
  std::chrono::milliseconds retry{200};           ///< pause before a failed read is tried again
  std::chrono::milliseconds grace{3'000};         ///< what is leaving is answered for so long, while maps are renewed
  snapshot_settings snapshots;                    ///< of a cluster's node
  std::shared_ptr<memory_watch> memory;           ///< counts what is held; null: nobody asks
};

/// Starts the SHARD actor of a node without a cluster, which subscribes to `from`, loads its partitions and then
/// serves.
///
/// Searches are `not_ready` until everything is loaded. A pushed change of what is loading is confirmed at once, since
/// the load does not end before the store's tail was read after it. A missing mutation makes a partition read the
/// store's tail before the change is confirmed; where the store has no such tail any more, it is loaded anew, and does
/// not answer meanwhile. A failed read is repeated after `retry`, for ever.
///
/// Searches that come while all threads are busy share one pass, where they ask the same of the same partitions
/// (`search_batches`).
///
/// An exit message drains it: searches not yet started are answered `unavailable`, running ones are finished.
///
/// Metrics, labelled with the index: rollcall_shard_refused_total, rollcall_shard_outstanding,
/// rollcall_shard_search_seconds, rollcall_shard_batch_searches, rollcall_shard_apply_seconds,
/// rollcall_shard_references, rollcall_shard_memory_bytes, rollcall_shard_gaps_total, rollcall_shard_compared_total,
/// rollcall_shard_self_checks_total, rollcall_shard_self_misses_total, rollcall_shard_recall_searches_total,
/// rollcall_shard_recall_estimate.
/// Preconditions (asserted): settings in range. `metrics` outlives the actor.
[[nodiscard]] shard_actor shard(caf::actor_system& system, store_actor from, shard_settings settings,
                                core::metric_registry& metrics);

/// Starts the SHARD actor of a cluster's node, which holds what `follow_request` says, and at first nothing. Ready when
/// everything that the first one named is loaded and called ready by the map. Where `snapshots` says so, a partition is
/// loaded from the node's own snapshot, where that is of no use from the store, and the snapshots are kept new. Answers
/// are current only while its serving lease runs. The rest as above; `index` and `shards` are not used.
[[nodiscard]] placed_shard_actor placed_shard(caf::actor_system& system, store_actor from, shard_settings settings,
                                              core::metric_registry& metrics);

} // namespace rollcall::actors
