/// Searches of a SHARD that wait for a thread, and which of them share one pass over the memory: those that came while
/// all threads were busy, of the same partitions and kind. Nobody waits for others to come. A plain class, part of the
/// SHARD actor's state; the functions are pure.
#pragma once

#include "core/result.hpp"
#include "shard/search.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace rollcall::actors {

/// A search, with what the actor knows of it.
struct accepted_search {
  std::uint64_t ticket = 0;
  shard::search_request request;         ///< without the partitions not answered for
  std::vector<std::uint32_t> unanswered; ///< ascending
  bool is_current = true;                ///< as far as the lease goes
};

/// Searches that one call of shard::gallery::search answers; never empty.
using search_batch = std::vector<accepted_search>;

class search_batches {
public:
  /// Probes that share one pass at most.
  static constexpr std::size_t most_probes = 32;

  /// `threads` that search, `queue` searches that may wait for one.
  search_batches(std::size_t threads, std::size_t queue) : idle_(threads), queue_(queue) {}

  /// False, without effect: too many wait.
  [[nodiscard]] bool add(accepted_search one);
  /// What a thread shall begin with now: the search that has waited longest, and what can go with it. Empty: nothing
  /// waits, or no thread is free.
  [[nodiscard]] search_batch next();
  /// A thread has ended what `next` gave it.
  void finish() { ++idle_; }

private:
  std::size_t idle_;
  std::size_t queue_;
  std::deque<accepted_search> waiting_;
};

/// One request for the probes of all, in order.
[[nodiscard]] shard::search_request combine(const search_batch& batch);
/// Each search's own part of the answer to `combine`, by ticket: its rows, cut to its own k. An error is everybody's.
using search_outcomes = std::vector<std::pair<std::uint64_t, core::result<shard::search_answer>>>;
[[nodiscard]] search_outcomes split(const search_batch& batch, core::result<shard::search_answer> outcome);

} // namespace rollcall::actors
