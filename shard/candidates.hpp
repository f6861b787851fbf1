/// The references that a scan admitted for one probe, and the exact cosines that decide between them. Used by one
/// search on one thread.
#pragma once

#include "shard/codes/code_tiles.hpp"
#include "shard/reference_rows.hpp"
#include "shard/top_k.hpp"

#include <cstdint>
#include <vector>

namespace rollcall::shard {

/// Candidates wait; only so many of them are compared at once as raise the threshold, since the next tiles raise it for
/// nothing. What is left at the end is compared in the order of the bounds, until none of them can enter the result.
class candidates {
public:
  /// `rows`, `probe` (one row) and `best` must outlive this. At most `most_compared` exact cosines are computed.
  candidates(const reference_rows& rows, row_block probe, top_k& best, std::size_t most_compared);

  /// The cosine that a candidate must be able to reach.
  [[nodiscard]] float lowest() const noexcept { return best_.lowest(); }
  /// Somebody else knows that less is of no use.
  void raise_lowest(float to) noexcept { best_.raise_lowest(to); }

  /// `by` bounds the row's cosine. True when some were compared, so that the threshold may have risen.
  bool add(std::size_t row, const cosine_bound& by);

  /// Compares those that are likely to raise the threshold.
  void compare_best();

  /// Bounds those added since the last time more closely: `bound_of(row)` gives a cosine_bound, `prefetch(row)` asks
  /// for what that reads.
  template <class BoundOf, class Prefetch>
  void refine(const BoundOf& bound_of, const Prefetch& prefetch) {
    constexpr std::size_t ahead = 32; // page walks for these go on beside each other
    compare_best();
    drop_hopeless();
    for (std::size_t at = 0; at < waiting_.size() + ahead; ++at) {
      if (at < waiting_.size() && !waiting_[at].is_refined)
        prefetch(waiting_[at].row);
      if (at < ahead)
        continue;
      if (auto& each = waiting_[at - ahead]; !each.is_refined)
        each = {each.row, true, bound_of(each.row)};
    }
    unlikely_ = 0;
    drop_hopeless();
  }

  [[nodiscard]] std::size_t waiting() const noexcept { return waiting_.size(); }
  /// Exact cosines computed so far.
  [[nodiscard]] std::size_t compared() const noexcept { return compared_; }

  /// Compares what has to be. True when nothing that was added and left out can belong into the result.
  [[nodiscard]] bool finish();

private:
  struct candidate {
    std::uint32_t row = 0;
    bool is_refined = false;
    cosine_bound by;
  };
  void drop_hopeless();
  void compare(std::size_t row);

  const reference_rows& rows_;
  row_block probe_;
  top_k& best_;
  std::size_t most_compared_;
  std::size_t compared_ = 0;
  std::size_t room_; ///< candidates that wait before the threshold is raised
  std::vector<candidate> waiting_;
  std::size_t unlikely_ = 0; ///< of these, the first: their estimates lie below the threshold
};

} // namespace rollcall::shard
