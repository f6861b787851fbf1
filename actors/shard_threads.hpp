/// The thread side of a SHARD actor: the gallery, and the pools that search and change it. Made and owned by the actor;
/// what runs on the pools touches nothing of the actor.
#pragma once

#include "actors/gallery_upkeep.hpp"
#include "actors/shard.hpp"
#include "actors/shard_metrics.hpp"
#include "core/worker_pool.hpp"
#include "shard/gallery.hpp"

#include <atomic>
#include <functional>
#include <vector>

namespace rollcall::actors {

/// A search, with what the actor knows of it.
struct accepted_search {
  shard::search_request request;         ///< without the partitions not answered for
  std::vector<std::uint32_t> unanswered; ///< ascending
  bool is_current = true;                ///< as far as the lease goes
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
  [[nodiscard]] core::result<shard::search_answer> search(const accepted_search& work);
  /// Runs a change of the gallery. Errors: the change's own, `internal` (it threw).
  [[nodiscard]] core::status run(const std::function<core::status()>& change);
};

} // namespace rollcall::actors
