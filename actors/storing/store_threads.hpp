/// The thread side of the STORE actor: the store and the pools that block on it. Made and owned by the actor; what runs
/// on the pools touches nothing of the actor.
#pragma once

#include "actors/storing/store.hpp"
#include "actors/storing/store_metrics.hpp"
#include "core/worker_pool.hpp"

#include <atomic>
#include <memory>
#include <vector>

namespace rollcall::actors {

/// A write that ran, and whom to tell.
struct committed_write {
  write_outcome outcome;
  std::vector<partition_holder> holders; ///< of a cluster
  core::steady_time told{};              ///< when the leases of the holders were known
};

class store_threads {
public:
  store_threads(std::shared_ptr<store::store> owned, const store_settings& settings, core::metric_registry& registry);

  // Called on pool threads. Each says `unavailable` without running anything once `drain` was called.
  /// Errors: `deadline_exceeded` (not started), `internal` (it threw).
  [[nodiscard]] core::result<store_reply> run(const store_read& request);
  /// Errors: `deadline_exceeded` (not started), `outcome_unknown` (it threw; or who has to hear of it is not known).
  [[nodiscard]] core::result<committed_write> run(const store_write& request);
  /// To the store, or while that is out of reach to the spool; what is there goes to the store first, some at a time.
  /// Runs even while draining. Errors: the store's, the spool's, `internal` (it threw).
  [[nodiscard]] core::status commit(const std::vector<store::decision>& decisions);
  /// Decisions in the spool. Any thread.
  [[nodiscard]] std::size_t spooled() const noexcept { return spool_ ? spool_->size() : 0; }
  /// What is in the spool could not be stored lately. Any thread.
  [[nodiscard]] bool is_store_away() const noexcept { return is_away_; }

  void drain() noexcept { is_draining_ = true; }
  [[nodiscard]] bool is_draining() const noexcept { return is_draining_; }

  store_metrics metrics;

private:
  [[nodiscard]] core::result<std::vector<partition_holder>> holders_of(const write_outcome& outcome,
                                                                       core::deadline until) const;

  [[nodiscard]] core::status store_decisions(const std::vector<store::decision>& decisions);

  std::shared_ptr<store::store> store_;
  find_holders find_holders_;
  std::shared_ptr<store::decision_spool> spool_;
  std::chrono::milliseconds retry_;
  std::atomic<bool> is_away_ = false;
  core::steady_time tried_{}; ///< to store decisions, in vain
  std::atomic<bool> is_draining_ = false;

public: // last, so that they are joined before anything that they use goes
  core::worker_pool readers;
  core::worker_pool writer;    ///< one thread: writes run in order of arrival
  core::worker_pool decisions; ///< one thread
};

} // namespace rollcall::actors
