/// What the threads of one search have in common: who scans which tiles, and what each probe has no use for any more.
#pragma once

#include "shard/codes/code_block.hpp"
#include "shard/top_k.hpp"

#include <algorithm>
#include <atomic>
#include <span>
#include <vector>

namespace rollcall::shard {

/// Any thread, but for the constructor.
class shared_search {
public:
  /// Of rows `from` and all after it; `tiles_a_share` divides a block's tiles.
  shared_search(std::span<const top_k> best, std::size_t tiles_a_share, std::size_t from = 0)
      : tiles_at_once_(tiles_a_share), from_(from), lowest_(best.size()) {
    for (std::size_t p = 0; p < best.size(); ++p)
      lowest_[p] = best[p].lowest();
  }

  /// The next tiles that nobody has taken; none: count is 0.
  struct tiles {
    std::size_t block = 0;
    std::size_t first = 0;
    std::size_t count = 0;
  };
  [[nodiscard]] tiles next(std::span<const code_block> of) noexcept {
    constexpr auto block_tiles = block_rows / tile_rows;
    const auto skipped = from_ / tile_rows;
    for (;;) {
      const auto at = (skipped / tiles_at_once_ + next_++) * tiles_at_once_;
      const auto block = at / block_tiles;
      if (block >= of.size())
        return {};
      const auto first = std::max(at, skipped) % block_tiles;
      const auto end = std::min(at % block_tiles + tiles_at_once_, of[block].codes().tile_count());
      if (first < end)
        return {block, first, end - first};
    }
  }
  /// The first row that it looks at.
  [[nodiscard]] std::size_t from() const noexcept { return from_; }
  [[nodiscard]] std::atomic<float>& lowest(std::size_t probe) noexcept { return lowest_[probe]; }

private:
  std::size_t tiles_at_once_;
  std::size_t from_;
  std::vector<std::atomic<float>> lowest_; ///< by probe
  std::atomic<std::size_t> next_{0};
};

} // namespace rollcall::shard
