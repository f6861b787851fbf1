/// COORDINATOR: scatters queries over the SHARD actors and merges their answers. One per front; no threads of its own.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/search/gathering.hpp"
#include "core/metrics.hpp"

#include <chrono>
#include <vector>

namespace rollcall::actors {

struct coordinator_settings {
  std::size_t outstanding = 1'024;                 ///< queries accepted and not yet answered. Range [1, 65'536]
  std::chrono::milliseconds status_timeout{1'000}; ///< for a SHARD actor's status; one that is late counts as not ready
  replica_lookup replicas; ///< indexes of `shards`; none: one each (actors/search/placement.hpp)
  /// A shard that is slower than most answers lately (`hedge_delay`) is raced by another replica; 0 at most: never.
  std::chrono::milliseconds hedge_at_least{2};
  std::chrono::milliseconds hedge_at_most{0};
  bool is_clustered = false;                 ///< routes come by message; `shards` are the node's own
  std::chrono::milliseconds placing{5'000};  ///< in a cluster: for a new partition to find its first replica
  std::chrono::milliseconds reaching{2'000}; ///< in a cluster: for one of a partition's nodes to be reached again
};

/// Starts a COORDINATOR over `shards`, in the order of their indexes (actors/search/placement.hpp). In a cluster a
/// query of partitions that nobody answers for yet, as those of a collection that was just created, waits for routes
/// that name somebody.
///
/// What a SHARD actor that fails or goes down was asked is asked of another replica at once, and what a slow one was
/// asked beside it. A partition none of whose replicas answers in time counts as unanswered. What the caller made wrong
/// (`invalid_argument`, `model_mismatch`) is answered as such; when no partition answered, the first SHARD actor's
/// error is; when some did, `incomplete`, or the partial answer where it is accepted.
///
/// An exit message drains it: it ends when every query has been answered.
///
/// Metrics: rollcall_query_seconds, rollcall_query_refused_total, rollcall_query_incomplete_total,
/// rollcall_query_rerouted_total, rollcall_query_hedged_total.
/// Preconditions (asserted): settings in range. `metrics` outlives the actor.
[[nodiscard]] coordinator_actor coordinator(caf::actor_system& system, std::vector<shard_actor> shards,
                                            coordinator_settings settings, core::metric_registry& metrics);

} // namespace rollcall::actors
