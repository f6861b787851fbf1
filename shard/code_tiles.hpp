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
/// load feeds two 4-element dot products of 16 references.
#pragma once

#include "shard/aligned_bytes.hpp"
#include "shard/row_chunks.hpp"
#include "shard/transform.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace rollcall::shard {

inline constexpr std::size_t tile_rows = chunk_rows;
inline constexpr std::size_t group_coordinates = 8;
inline constexpr std::size_t group_bytes = tile_rows * group_coordinates / 2;
inline constexpr float loss_unit = 1.0F / 512;
inline constexpr std::uint8_t any_loss = 255;

/// About the cosine of a reference and a probe, and what it is at most.
struct cosine_bound {
  float estimate = 0;
  float highest = 0;
};

/// A run of tiles, one after the other in memory, 64-byte aligned. A view.
struct tile_run {
  const std::uint8_t* codes = nullptr;
  const std::uint8_t* losses = nullptr; ///< tile_rows bytes a tile
  std::size_t count = 0;
  std::size_t groups = 0; ///< of group_bytes a tile
};

/// Codes of references that follow each other, the first at the beginning of a tile. A view.
struct code_run {
  std::shared_ptr<const transform> by;       ///< null: there are none
  double longest = 0;                        ///< length of the longest of all that these codes say, at most
  const std::uint8_t* tiles = nullptr;       ///< whole tiles
  const std::uint8_t* losses = nullptr;      ///< tile_rows bytes a tile
  const std::uint8_t* fine = nullptr;        ///< by->to() bytes a reference
  const std::uint8_t* fine_losses = nullptr; ///< a byte a reference
};

/// One of them.
struct known_code {
  const code_run* of = nullptr; ///< null: it is not known
  std::size_t at = 0;
};

/// Bytes of a tile of codes with `to` coordinates.
[[nodiscard]] constexpr std::size_t tile_bytes(std::size_t to) noexcept {
  return to / group_coordinates * group_bytes;
}

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

class code_tiles {
public:
  /// `most`: references that it may come to hold, or 0: for those, room is set aside once it is large.
  explicit code_tiles(std::shared_ptr<const transform> by, std::size_t most = 0);

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;
  [[nodiscard]] const transform& by() const noexcept { return *by_; }

  /// Codes `embedding` as row `at`, where at <= size(); at size() it is appended. `as` is taken for its code where it
  /// was made by the same transform. Throws std::bad_alloc, and has changed nothing then but reserved memory.
  void put(std::size_t at, std::span<const float> embedding, const known_code& as = {});
  /// Appends many, which may be cheaper than one by one. Throws as put does; those before stay then.
  void append(std::span<const std::span<const float>> embeddings);
  /// Appends `count` rows as a tile of their own, whose codes are known from `first` on and whose fine codes stay where
  /// they lie. Throws as put does. Preconditions (asserted): size() is a multiple of tile_rows, 1 ≤ count ≤ tile_rows,
  /// the codes were made by by().
  void adopt(std::size_t count, const known_code& first, row_chunks::place fine);
  /// The fine codes of a tile, unchanged, lie there from now on.
  void move_fine(std::size_t tile, row_chunks::place to) { fine_codes_.lend(tile, std::move(to)); }
  /// And in memory again.
  void bring_home(std::size_t tile) noexcept;
  /// Drops the last row; its codes are wiped. Precondition: size() > 0.
  void pop();

  /// Tiles [first, first + count) of tile_count(). Rows beyond size() in the last one are codes of 0 with loss 0: the
  /// caller leaves them out.
  [[nodiscard]] tile_run tiles(std::size_t first, std::size_t count) const noexcept;
  [[nodiscard]] std::size_t tile_count() const noexcept { return (size_ + tile_rows - 1) / tile_rows; }

  /// The codes of the tile that row `first` begins. Valid until the next change.
  [[nodiscard]] code_run run(std::size_t first) const noexcept;

  /// Codes `probe` for these references as they are now. `into` may hold the same probe for other codes: what stays the
  /// same is not computed again.
  void code(std::span<const float> probe, coded_probe& into) const;

  /// Asks for what `bound` reads.
  void prefetch(std::size_t at) const noexcept;
  /// What row `at`'s fine code says of its cosine to `probe`, coded by `code`.
  [[nodiscard]] cosine_bound bound(std::size_t at, const coded_probe& probe) const noexcept;

private:
  struct row_code;
  [[nodiscard]] row_code encode(std::span<const float> embedding) const;
  [[nodiscard]] row_code encode(std::span<const float> coordinates, double square) const;
  void put(std::size_t at, const row_code& code);
  void make_room(std::size_t at);
  void reserve(std::size_t rows);
  void resize_scanned(std::size_t rows);
  void code_anew(std::span<const float> probe, coded_probe& into) const;
  void write(std::size_t at, const row_code& code) noexcept;
  void copy(std::size_t at, const known_code& from) noexcept;
  void copy_coarse(std::size_t at, const known_code& from) noexcept;

  std::shared_ptr<const transform> by_;
  double step_;
  double fine_step_;
  double longest_ = 0; ///< length of the longest of all that codes ever said
  std::size_t size_ = 0;
  aligned_bytes codes_;
  aligned_bytes losses_;
  row_chunks fine_codes_;
  aligned_bytes fine_losses_;
};

} // namespace rollcall::shard
