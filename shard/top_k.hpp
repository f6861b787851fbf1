/// The k nearest hits seen so far for one probe: what a scan carries from row to row and from partition to partition.
/// Used by one search on one thread.
#pragma once

#include "shard/search.hpp"

#include <algorithm>
#include <vector>

namespace rollcall::shard {

/// A bounded heap with the worst hit on top. Order: `is_nearer` (greater cosine first, ties to the lower id), so what
/// remains does not depend on the order of arrival.
class top_k {
public:
  /// Keeps at most `k` ≥ 1 hits with cosine ≥ `lowest_cosine`.
  top_k(std::size_t k, float lowest_cosine) : k_(k), floor_(lowest_cosine) {}

  /// False when a hit with this cosine cannot be kept, whatever its id. True is only a maybe (a tie may lose by its
  /// id).
  [[nodiscard]] bool admits(float cosine) const noexcept { return cosine >= floor_; }

  [[nodiscard]] std::size_t k() const noexcept { return k_; }
  /// The lowest cosine that is admitted.
  [[nodiscard]] float lowest() const noexcept { return floor_; }

  /// Hits below this are of no interest any more. What is held stays.
  void raise_lowest(float to) noexcept { floor_ = std::max(floor_, to); }

  /// Keeps the hit if it is among the k nearest. Cost: O(log k).
  void push(const hit& candidate);

  /// The hits, nearest first; nothing is left behind.
  [[nodiscard]] std::vector<hit> take();

private:
  std::size_t k_;
  float floor_; ///< lowest cosine of interest; once k hits are held, the worst of theirs
  std::vector<hit> heap_;
};

} // namespace rollcall::shard
