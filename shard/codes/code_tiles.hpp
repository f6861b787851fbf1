/// References as codes, and the bounds on their cosines that follow from them. Changed by one thread, or read by many.
///
/// The coarse code has 4 bits a coordinate y: c in 0…15 stands for (c - 7.5) × step. With it goes its loss: the
/// distance between the reference and what the code says. By Cauchy and Schwarz, for every probe q
///   <q, x> <= <q, m> + <T q, what the code says> + |q| × loss,
/// so a reference whose bound lies below the k-th cosine need not be looked at. Losses are bytes, rounded up, in units
/// of `loss_unit`; 255 stands for any loss.
///
/// The fine code has 8 bits a coordinate, c in 0…255 for (c - 127.5) × fine step, row by row, and a loss ten times
/// smaller: it settles most of the references that the coarse one leaves in question.
///
/// Tile: the coarse codes of 64 references, by groups of 8 coordinates: 4 lines of 64 bytes, line l for references 16 l
/// … 16 l + 15, 4 bytes each; byte b holds coordinate 8 g + b in its low half and 8 g + 4 + b in its high half. So one
/// load feeds two 4-element dot products of 16 references. Codes of 2 bits (shard/lists/list_coder.hpp) likewise, by
/// groups of 16: byte b holds coordinates 16 g + b, 16 g + 4 + b, … from its lowest bits on.
#pragma once

#include "shard/codes/coarse_tiles.hpp"
#include "shard/codes/code_run.hpp"
#include "shard/codes/quantise.hpp"
#include "shard/codes/transform.hpp"
#include "shard/memory/aligned_bytes.hpp"
#include "shard/memory/memory_parts.hpp"
#include "shard/memory/row_chunks.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rollcall::shard {

/// About the cosine of a reference and a probe, and what it is at most.
struct cosine_bound {
  float estimate = 0;
  float highest = 0;
};

/// A probe in the coordinates of codes, as signed bytes with a scale of their own.
/// estimate = base + per_sum × Σ code × value; highest = estimate + per_loss × loss byte + slack.
struct coded_probe {
  struct scale {
    float base = 0;
    float per_sum = 0;
  };
  const transform* by = nullptr;   ///< the codes' that it was coded for
  std::vector<std::int8_t> values; ///< one a coordinate
  std::size_t groups_at_once = 0;  ///< groups_in_16_bits of them
  scale coarse;
  scale fine;
  float per_loss = 0;
  float slack = 0;
  double missed = 0; ///< length of what `values` miss
  double length = 0; ///< of the probe
};

/// Sixteen levels for coordinates with that standard deviation around zero: how coarse codes cut them.
[[nodiscard]] even_levels even_levels_for(double spread) noexcept;

/// How fine codes cut coordinates.
[[nodiscard]] even_levels fine_levels(const transform& by) noexcept;

/// Codes `probe` for codes that were made by `by`, cut as `coarse` says (by default even_levels_for its spread), and
/// say nothing longer than `longest`. `into` may hold the same probe for other codes: what stays the same is not
/// computed again.
void code_probe(const transform& by, even_levels coarse, std::span<const float> probe, double longest,
                coded_probe& into);
void code_probe(const transform& by, std::span<const float> probe, double longest, coded_probe& into);

class code_tiles {
public:
  /// `most`: references that it may come to hold, or 0: for those, room is set aside once it is large.
  explicit code_tiles(std::shared_ptr<const transform> by, std::size_t most = 0);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] memory_parts memory() const noexcept;
  [[nodiscard]] const transform& by() const noexcept { return *by_; }

  /// Codes `embedding` as row `at`, where at <= size(); at size() it is appended. `as` is taken for its code where it
  /// was made by the same transform. Throws std::bad_alloc, and has changed nothing then but reserved memory.
  void put(std::size_t at, std::span<const float> embedding, const known_code& as = {});
  /// Appends up to tile_rows, which is several times cheaper than one by one. Throws as put does. Precondition
  /// (asserted): they lie in one tile.
  void append(std::span<const std::span<const float>> embeddings);
  /// Appends a row of which no code says anything yet: its bound is infinite. Throws as put does.
  void hold();
  /// Rows [coded(), size()) were appended by `hold`, or after such rows.
  [[nodiscard]] std::size_t coded() const noexcept { return coded_; }
  /// Codes row coded() and those after it. Throws as put does. Precondition (asserted): they are so many.
  void code_held(std::span<const std::span<const float>> embeddings);
  /// Where the codes of a tile lie.
  struct places {
    row_chunks::place coarse;
    row_chunks::place fine;
  };
  /// Appends `count` rows as a tile of their own, whose codes are known from `first` on and stay where they lie, but
  /// for the coarse ones of a tile that is not full. Throws as put does. Preconditions (asserted): size() is a multiple
  /// of tile_rows, 1 ≤ count ≤ tile_rows, the codes were made by by().
  void adopt(std::size_t count, const known_code& first, places from);
  /// The fine codes of a tile, unchanged, lie there from now on.
  void move_fine(std::size_t tile, row_chunks::place to) { fine_codes_.lend(tile, std::move(to)); }
  /// And in memory again.
  void bring_fine_home(std::size_t tile) noexcept;
  /// The coarse codes of a tile lie in memory, too. Throws std::bad_alloc, and has changed nothing then.
  void bring_coarse_home(std::size_t tile) { coarse_.bring_home(tile); }
  /// The memory that this would have to touch first, and what was touched before. As coarse_tiles's.
  [[nodiscard]] std::size_t room_at_home() const noexcept { return coarse_.room_at_home(); }
  void take(aligned_memory room) noexcept { coarse_.take(std::move(room)); }
  /// Tiles from here on have them there.
  [[nodiscard]] std::size_t coarse_lent() const noexcept { return coarse_.lent(); }
  /// Who keeps them elsewhere; null: nobody.
  [[nodiscard]] const void* coarse_keeper(std::size_t tile) const noexcept { return coarse_.keeper(tile); }
  /// From now on no code says anything of row `at` < size(): its bound is infinite.
  void forget(std::size_t at) noexcept;
  /// Drops the last row; its codes are wiped. Precondition: size() > 0.
  void pop();

  /// Tiles [first, first + most) of tile_count(), or as many as lie one after the other: at least one. Rows beyond
  /// size() in the last one are codes of 0 with loss 0: the caller leaves them out.
  [[nodiscard]] tile_run tiles(std::size_t first, std::size_t most) const noexcept {
    return coarse_.tiles(first, most);
  }
  [[nodiscard]] std::size_t tile_count() const noexcept { return (size_ + tile_rows - 1) / tile_rows; }

  /// The codes of the tile that row `first` begins. Valid until the next change.
  [[nodiscard]] code_run run(std::size_t first) const noexcept;

  /// As code_probe wants it, for these references as they are now.
  [[nodiscard]] double longest() const noexcept { return longest_; }

  /// Row `at`'s fine code, by().to() bytes. Valid until the next change.
  [[nodiscard]] std::span<const std::uint8_t> fine(std::size_t at) const noexcept {
    return {fine_codes_.row(at), by_->to()};
  }

  [[nodiscard]] std::uint8_t fine_loss(std::size_t at) const noexcept { return fine_losses_.data()[at]; }

  /// Asks for what `bound` reads.
  void prefetch(std::size_t at) const noexcept;
  /// What row `at`'s fine code says of its cosine to `probe`, coded by `code`.
  [[nodiscard]] cosine_bound bound(std::size_t at, const coded_probe& probe) const noexcept;

private:
  class made_codes;
  void make_room(std::size_t end);
  void reserve(std::size_t rows);
  void resize_scanned(std::size_t rows);
  void write(std::size_t first, const made_codes& codes) noexcept;
  void copy(std::size_t at, const known_code& from) noexcept;

  std::shared_ptr<const transform> by_;
  double longest_ = 0; ///< length of the longest of all that codes ever said
  std::size_t size_ = 0;
  std::size_t coded_ = 0;
  coarse_tiles coarse_;
  row_chunks fine_codes_;
  aligned_bytes fine_losses_;
};

} // namespace rollcall::shard
