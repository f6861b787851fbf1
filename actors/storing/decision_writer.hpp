/// The group commit of the decision log, as a plain class: what waits, what is being committed, what failed. Part of
/// the STORE actor's state; no threads, no clock.
#pragma once

#include "core/result.hpp"
#include "store/records.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace rollcall::actors {

/// | state      | begin           | settle                                     |
/// |------------|-----------------|--------------------------------------------|
/// | idle       | takes the queue | –                                          |
/// | committing | nothing         | idle; after a failure the kept go in front |
class decision_writer {
public:
  /// Holds at most `backlog` ≥ 1 decisions, those being committed included.
  explicit decision_writer(std::size_t backlog) : backlog_(backlog) {}

  /// Queues a decision; `waiter` is the ticket of a caller who waits for the commit, if one does.
  /// Errors: `overloaded` when the backlog is full.
  [[nodiscard]] core::status add(store::decision entry, std::optional<std::uint64_t> waiter);

  /// The decisions of the next commit, in order of arrival. None while a commit runs; nor when no decision waits, but
  /// for a commit that is wanted even so (`also_empty`), of what was kept elsewhere.
  [[nodiscard]] std::optional<std::vector<store::decision>> begin(bool also_empty = false);

  /// What came of a commit.
  struct settlement {
    std::vector<std::uint64_t> waiters; ///< to be told the outcome
    std::size_t committed = 0;
    std::size_t lost = 0; ///< given up
  };

  /// Ends the commit that `begin` started with its outcome. After a failure those that somebody waited for are
  /// forgotten, since their callers are told; the others are kept when `keep` is true, else lost.
  [[nodiscard]] settlement settle(bool is_committed, bool keep);

  [[nodiscard]] std::size_t size() const noexcept { return queue_.size() + running_.size(); }
  [[nodiscard]] bool is_committing() const noexcept { return is_committing_; }

private:
  struct queued {
    store::decision entry;
    std::optional<std::uint64_t> waiter;
  };

  const std::size_t backlog_;
  std::vector<queued> queue_;
  std::vector<queued> running_;
  bool is_committing_ = false;
};

} // namespace rollcall::actors
