/// The thread side of a SHARD actor: the gallery, and the pools that search and change it. Made and owned by the actor;
/// what runs on the pools touches nothing of the actor.
#pragma once

#include "actors/gallery_upkeep.hpp"
#include "actors/partition_loader.hpp"
#include "actors/shard.hpp"
#include "actors/shard_metrics.hpp"
#include "core/worker_pool.hpp"
#include "shard/gallery.hpp"

#include <atomic>
#include <deque>
#include <functional>
#include <variant>
#include <vector>

namespace rollcall::actors {

/// A pushed change, waiting for its turn.
struct pushed_change {
  std::variant<apply_request, drop_request> what;
  caf::typed_response_promise<applied> owed; ///< the actor's alone
};

/// Changes that are applied together, in order, and the partitions that turned out to lack some before.
struct change_group {
  std::vector<pushed_change> changes;
  std::deque<partition_key> gaps;
};

struct shard_threads {
  shard_metrics metrics;
  shard::gallery gallery;
  std::atomic<bool> is_draining = false;
  // Last, so that they are joined before anything that they use goes.
  core::worker_pool searchers;
  core::worker_pool changer; ///< the one thread that changes what the gallery holds
  gallery_upkeep upkeep;

  shard_threads(const shard_settings& settings, core::metric_registry& registry);

  // Called on pool threads.
  /// Errors: those of shard::gallery, and `unavailable` once the actor drains.
  [[nodiscard]] core::result<shard::search_answer> search(const shard::search_request& request);
  /// Applies the changes in their order and notes the gaps.
  [[nodiscard]] core::status apply(change_group& group);
  /// Runs a change of the gallery. Errors: the change's own, `internal` (it threw).
  [[nodiscard]] core::status run(const std::function<core::status()>& change);
};

} // namespace rollcall::actors
