/// The thread side of a SHARD actor: the gallery, and the pools that search and change it. Made and owned by the actor;
/// what runs on the pools touches nothing of the actor.
#pragma once

#include "actors/replica/gallery_upkeep.hpp"
#include "actors/replica/search_batches.hpp"
#include "actors/replica/shard.hpp"
#include "actors/replica/shard_metrics.hpp"
#include "actors/replica/shard_snapshots.hpp"
#include "core/worker_pool.hpp"
#include "shard/gallery.hpp"

#include <atomic>
#include <functional>
#include <vector>

namespace rollcall::actors {

struct shard_threads {
  shard_metrics metrics;
  shard::gallery gallery;
  std::atomic<bool> is_draining = false;
  // Last, so that they are joined before anything that they use goes.
  core::worker_pool searchers;
  core::worker_pool changer; ///< the one thread that changes what the gallery holds
  gallery_upkeep upkeep;
  std::unique_ptr<shard_snapshots> snapshots; ///< null: none are kept

  shard_threads(const shard_settings& settings, core::metric_registry& registry);
  ~shard_threads() { changer.close(); } ///< its changes wake what goes before it

  // Called on pool threads.
  /// In one pass; each alone where that fails or proves too little, as one of them may be the reason. Errors: those of
  /// shard::gallery, and `unavailable` once the actor drains.
  [[nodiscard]] search_outcomes search(const search_batch& work);
  /// Runs a change of the gallery. Errors: the change's own, `internal` (it threw).
  [[nodiscard]] core::status run(const std::function<core::status()>& change);
  /// Runs other work. Errors: the same.
  [[nodiscard]] static core::status run_guarded(const std::function<core::status()>& work);

private:
  [[nodiscard]] core::result<shard::search_answer> search_together(const search_batch& work);
};

} // namespace rollcall::actors
