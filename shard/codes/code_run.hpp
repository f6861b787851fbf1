/// Views of codes. What they say: shard/codes/code_tiles.hpp.
#pragma once

#include "shard/codes/transform.hpp"
#include "shard/memory/row_chunks.hpp"

#include <cstdint>
#include <memory>

namespace rollcall::shard {

inline constexpr std::size_t tile_rows = chunk_rows;
inline constexpr std::size_t group_row_bytes = 4;
inline constexpr std::size_t group_bytes = tile_rows * group_row_bytes;
/// Of codes with `bits` a coordinate.
[[nodiscard]] constexpr std::size_t group_coordinates_of(unsigned bits) noexcept {
  return group_row_bytes * 8 / bits;
}
inline constexpr std::size_t group_coordinates = group_coordinates_of(4);
inline constexpr float loss_unit = 1.0F / 512;
inline constexpr std::uint8_t any_loss = 255;

/// Bytes of a tile of codes with `to` coordinates.
[[nodiscard]] constexpr std::size_t tile_bytes(std::size_t to) noexcept {
  return to / group_coordinates * group_bytes;
}

/// A run of tiles, one after the other in memory, 64-byte aligned. A view.
struct tile_run {
  const std::uint8_t* codes = nullptr;
  const std::uint8_t* losses = nullptr; ///< tile_rows bytes a tile
  std::size_t count = 0;
  std::size_t groups = 0;             ///< of group_bytes a tile
  unsigned bits = 4;                  ///< a coordinate: 4 or 2
  const std::uint8_t* then = nullptr; ///< codes that are scanned next, of as many groups; null: nobody knows
  std::size_t then_count = 0;         ///< tiles of them
};

/// Codes of references that follow each other, the first at the beginning of a tile. A view.
struct code_run {
  std::shared_ptr<const transform> by;       ///< null: there are none
  double longest = 0;                        ///< length of the longest of all that these codes say, at most
  const std::uint8_t* tiles = nullptr;       ///< whole tiles
  const std::uint8_t* losses = nullptr;      ///< tile_rows bytes a tile
  const std::uint8_t* fine = nullptr;        ///< by->to() bytes a reference
  const std::uint8_t* fine_losses = nullptr; ///< a byte a reference

  /// What a scan reads of them; of so many tiles as the caller knows that there are.
  [[nodiscard]] tile_run coarse() const noexcept { return {tiles, losses, 0, by->to() / group_coordinates}; }
};

/// One of them.
struct known_code {
  const code_run* of = nullptr; ///< null: it is not known
  std::size_t at = 0;
};

} // namespace rollcall::shard
