/// The coarse codes of references, in tiles, and their losses: what a scan reads (shard/code_tiles.hpp has the
/// grammar). Owned by one index; no locks.
#pragma once

#include "shard/aligned_bytes.hpp"
#include "shard/code_run.hpp"

#include <cstdint>
#include <span>

namespace rollcall::shard {

class coarse_tiles {
public:
  /// Of codes of `groups` groups a tile. `most`: references that it may come to hold, or 0, as aligned_bytes.
  explicit coarse_tiles(std::size_t groups, std::size_t most = 0)
      : groups_(groups), codes_(most / tile_rows * groups * group_bytes), losses_(most) {}

  /// Room for so many references; new ones are codes of 0 with loss 0. Throws std::bad_alloc, and has changed nothing
  /// then but reserved memory.
  void resize(std::size_t rows);
  /// Codes of reference `at`, which there is room for, one level a coordinate.
  void write(std::size_t at, std::span<const std::uint8_t> levels, std::uint8_t loss) noexcept;
  /// The same, out of other tiles.
  void copy(std::size_t at, const tile_run& from, std::size_t from_at) noexcept;
  /// A whole tile, out of other tiles.
  void copy_tile(std::size_t tile, const tile_run& from, std::size_t from_tile) noexcept;
  void wipe(std::size_t at) noexcept;
  void set_loss(std::size_t at, std::uint8_t loss) noexcept { losses_.data()[at] = loss; }

  /// Tiles [first, first + count).
  [[nodiscard]] tile_run tiles(std::size_t first, std::size_t count) const noexcept {
    return {codes_.data() + first * groups_ * group_bytes, losses_.data() + first * tile_rows, count, groups_};
  }
  [[nodiscard]] std::size_t memory_bytes() const noexcept { return codes_.memory_bytes() + losses_.memory_bytes(); }

private:
  [[nodiscard]] std::uint8_t* row(std::size_t at) noexcept;

  std::size_t groups_;
  aligned_bytes codes_;
  aligned_bytes losses_;
};

} // namespace rollcall::shard
