/// STORE: owns the system of record and the only threads that block on it; pushes committed mutations to the SHARD
/// actors that subscribed. One per node.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/storing/mutation_push.hpp"
#include "actors/storing/node_fences.hpp"
#include "core/metrics.hpp"
#include "store/decision_spool.hpp"

#include <chrono>
#include <memory>

namespace rollcall::actors {

/// Who has to hear of a committed write before it is acknowledged (store::membership::find_holders). Blocks; called
/// after the commit, on a thread of the STORE actor.
using find_holders =
    std::function<core::result<std::vector<partition_holder>>(const std::vector<core::mutation_batch>&)>;

struct store_settings {
  std::size_t readers = 4;                        ///< threads for reads. Range [1, 64]
  std::size_t read_queue = 1'024;                 ///< reads waiting for a thread. Range [1, 65'536]
  std::size_t write_queue = 256;                  ///< writes accepted and not yet answered. Range [1, 65'536]
  std::size_t decision_backlog = 65'536;          ///< decisions accepted and not yet committed. Range [1, 1'048'576]
  std::chrono::milliseconds apply_timeout{5'000}; ///< for all SHARD actors to confirm a committed write
  std::chrono::milliseconds decision_retry{500};  ///< pause before a failed commit of decisions is tried again
  std::shared_ptr<rollcall::store::decision_spool> spool; ///< of decisions while the store is away; null: none
  find_holders holders;                                   ///< of a cluster; none: SHARD actors subscribe
  node_fence fence;                                       ///< of a cluster
};

/// Starts the STORE actor. `owned` is called from its threads only, and destroyed when the actor ends.
///
/// Decisions are committed in groups: whatever arrives while a commit runs goes into the next. When a commit fails,
/// those who wait are told and their decisions forgotten; the others are kept and tried again until the backlog is
/// full. Where there is a spool, what the store can't take while it is out of reach is on the node's disk, which counts
/// as a commit, and goes into the store when that is back.
///
/// In a cluster, a write is pushed to the nodes that answer for its partitions, and acknowledged when each has
/// confirmed it, or its serving lease, as it was after the commit, has run out. A node that can't be reached thus
/// delays writes by one lease, and none once it has stopped renewing it; where it goes on renewing, as it reaches the
/// store but not this node, it is fenced. That a collection is gone is told without
/// waiting: whoever asks for it looks for it in the store first.
///
/// An exit message drains it: what has not started is answered `unavailable`, what runs is finished, queued decisions
/// are committed (one try), then it ends.
///
/// Metrics: rollcall_store_refused_total{queue=read|write|decision}, rollcall_store_outstanding{queue=…},
/// rollcall_store_read_seconds, rollcall_store_write_seconds (commit), rollcall_store_apply_seconds (commit to last
/// confirmation), rollcall_store_unconfirmed_total, rollcall_decisions_total, rollcall_decisions_lost_total,
/// rollcall_decisions_spooled.
/// Preconditions (asserted): `owned` is not null, settings in range. `metrics` outlives the actor.
[[nodiscard]] store_actor store(caf::actor_system& system, std::unique_ptr<rollcall::store::store> owned,
                                store_settings settings, core::metric_registry& metrics);

} // namespace rollcall::actors
