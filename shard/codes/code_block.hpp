/// Codes of up to 65,536 references, which can be moved to another transform a few rows at a time while they are
/// searched and changed. Changed by one thread, or read by many.
#pragma once

#include "shard/codes/code_tiles.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace rollcall::shard {

inline constexpr std::size_t block_rows = 65'536;

class code_block {
public:
  explicit code_block(std::shared_ptr<const transform> by) : now_(std::move(by), block_rows) {}

  /// As code_tiles::put and pop.
  void put(std::size_t at, std::span<const float> embedding, const known_code& as = {});
  void pop();
  /// As code_tiles::hold and forget.
  void hold() { now_.hold(); }
  void forget(std::size_t at) noexcept;
  /// Codes the rows that are held. `embedding_of` as below. Throws std::bad_alloc; the others stay held then.
  template <class EmbeddingOf>
  void code_held(const EmbeddingOf& embedding_of) {
    while (now_.coded() < now_.size())
      now_.code_held(some(now_.coded(), now_.size(), embedding_of));
  }

  /// As code_tiles's. adopt's codes were made by codes().by().
  void adopt(std::size_t count, const known_code& first, code_tiles::places from) {
    now_.adopt(count, first, std::move(from));
  }
  void move_fine(std::size_t tile, row_chunks::place to) { now_.move_fine(tile, std::move(to)); }
  void bring_fine_home(std::size_t tile) noexcept { now_.bring_fine_home(tile); }
  void bring_coarse_home(std::size_t tile) { now_.bring_coarse_home(tile); }
  void take(aligned_memory room) noexcept { now_.take(std::move(room)); }

  /// What searches read.
  [[nodiscard]] const code_tiles& codes() const noexcept { return now_; }
  [[nodiscard]] std::size_t size() const noexcept { return now_.size(); }
  [[nodiscard]] memory_parts memory() const noexcept;

  /// Recodes up to `rows` further references by `to`; `embedding_of(at)` gives row `at`. True once all are and searches
  /// read the new codes; false when there is more to do. A call with another `to` starts over. Throws std::bad_alloc,
  /// and what was recoded stays then.
  template <class EmbeddingOf>
  bool recode(const std::shared_ptr<const transform>& to, std::size_t rows, const EmbeddingOf& embedding_of) {
    if (&now_.by() == to.get())
      return true;
    if (!next_ || &next_->by() != to.get())
      next_.emplace(to, block_rows);
    for (const auto end = std::min(next_->size() + rows, now_.size()); next_->size() < end;)
      next_->append(some(next_->size(), end, embedding_of));
    return adopt_next();
  }

private:
  bool adopt_next();
  /// Rows [first, end), but of one tile only.
  template <class EmbeddingOf>
  [[nodiscard]] static std::vector<std::span<const float>> some(std::size_t first, std::size_t end,
                                                                const EmbeddingOf& embedding_of) {
    std::vector<std::span<const float>> all;
    for (const auto last = std::min(end, (first / tile_rows + 1) * tile_rows); first < last; ++first)
      all.push_back(embedding_of(first));
    return all;
  }

  code_tiles now_;
  std::optional<code_tiles> next_; ///< rows [0, next_->size()) in the new codes, kept in step with now_
};

} // namespace rollcall::shard
