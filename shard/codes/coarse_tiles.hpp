/// The coarse codes of references, in tiles, and their losses: what a scan reads (shard/codes/code_tiles.hpp has the
/// grammar). Owned by one index; no locks.
#pragma once

#include "shard/codes/code_run.hpp"
#include "shard/memory/aligned_bytes.hpp"

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace rollcall::shard {

/// The codes of a tile may be lent a place in somebody else's memory, until they are brought home: a scan reads them
/// there, and what changes is written over there.
class coarse_tiles {
public:
  /// Of codes of `groups` groups a tile. `most`: references that it may come to hold, or 0, as aligned_bytes. `bits` a
  /// coordinate: 4 or 2.
  explicit coarse_tiles(std::size_t groups, std::size_t most = 0, unsigned bits = 4)
      : groups_(groups), bits_(bits), codes_(most / tile_rows * groups * group_bytes), losses_(most) {}

  /// Room for so many references; new ones are codes of 0 with loss 0. Throws std::bad_alloc, and has changed nothing
  /// then but reserved memory.
  void resize(std::size_t rows);
  /// Codes of reference `at`, which there is room for, one level a coordinate of all groups.
  void write(std::size_t at, std::span<const std::uint8_t> levels, std::uint8_t loss) noexcept;
  /// The same, out of other tiles.
  void copy(std::size_t at, const tile_run& from, std::size_t from_at) noexcept;
  void wipe(std::size_t at) noexcept;
  void set_loss(std::size_t at, std::uint8_t loss) noexcept { losses_.data()[at] = loss; }

  /// Appends a tile whose codes lie there from now on; its losses are copied. Throws as `resize` does. Preconditions:
  /// the tiles before it are there, and are full.
  void lend(std::size_t tile, row_chunks::place codes, const std::uint8_t* losses);
  /// Brings the codes of `tile`, which there is, into its own memory. Throws as `resize` does.
  void bring_home(std::size_t tile);
  /// As aligned_bytes::room_for and take: for the codes of all tiles, of which some are lent and none is at home.
  [[nodiscard]] std::size_t room_at_home() const noexcept {
    return lent_.empty() ? 0 : codes_.room_for(losses_.size() / tile_rows * bytes());
  }
  void take(aligned_memory room) noexcept { codes_.take(std::move(room)); }
  /// Who keeps the codes of a tile that were lent in place; null: they were not.
  [[nodiscard]] const void* keeper(std::size_t tile) const noexcept {
    return tile < lent_.size() ? lent_[tile].keeps.get() : nullptr;
  }
  /// Tiles from here on are at home.
  [[nodiscard]] std::size_t lent() const noexcept { return lent_.size(); }

  /// Tiles [first, first + most), or as many of them as lie one after the other in memory: at least one, if most ≥ 1.
  [[nodiscard]] tile_run tiles(std::size_t first, std::size_t most) const noexcept;
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return codes_.memory_bytes() + losses_.memory_bytes(); }

private:
  [[nodiscard]] std::size_t bytes() const noexcept { return groups_ * group_bytes; } ///< of a tile
  [[nodiscard]] const std::uint8_t* codes(std::size_t tile) const noexcept {
    return keeper(tile) != nullptr ? lent_[tile].at : codes_.data() + tile * bytes();
  }
  [[nodiscard]] std::uint8_t* row(std::size_t at) noexcept;
  void forget_home() noexcept;

  std::size_t groups_;
  unsigned bits_;
  aligned_bytes codes_; ///< may be shorter where the last tiles are lent
  aligned_bytes losses_;
  std::vector<row_chunks::place> lent_; ///< by tile, up to the last one that is; null: at home
};

} // namespace rollcall::shard
