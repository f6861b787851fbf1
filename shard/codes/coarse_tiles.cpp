#include "shard/codes/coarse_tiles.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rollcall::shard {

namespace {

const std::uint8_t* row_of(const tile_run& run, std::size_t at) noexcept {
  return run.codes + at / tile_rows * run.groups * group_bytes + at % tile_rows * group_row_bytes;
}

// `into`: the row's bytes of the first group.
template <unsigned Bits>
void pack(std::span<const std::uint8_t> levels, std::uint8_t* into) noexcept {
  constexpr std::size_t fours = 8 / Bits; // of coordinates a group
  for (std::size_t first = 0; first < levels.size(); first += group_coordinates_of(Bits), into += group_bytes)
    for (std::size_t b = 0; b < group_row_bytes; ++b) {
      unsigned byte = 0;
      for (std::size_t four = 0; four < fours; ++four)
        byte |= static_cast<unsigned>(levels[first + four * group_row_bytes + b]) << (four * Bits);
      into[b] = static_cast<std::uint8_t>(byte);
    }
}

} // namespace

std::uint8_t* coarse_tiles::row(std::size_t at) noexcept {
  const auto tile = at / tile_rows;
  auto* const begin = keeper(tile) != nullptr ? lent_[tile].at : codes_.data() + tile * bytes();
  return begin + at % tile_rows * group_row_bytes;
}

// Those at the end that are at home need no place elsewhere.
void coarse_tiles::forget_home() noexcept {
  while (!lent_.empty() && !lent_.back().keeps)
    lent_.pop_back();
  if (lent_.empty())
    lent_.shrink_to_fit();
}

void coarse_tiles::resize(std::size_t rows) {
  const auto tiles = (rows + tile_rows - 1) / tile_rows;
  losses_.resize(tiles * tile_rows);
  if (tiles < lent_.size())
    lent_.resize(tiles);
  forget_home();
  if (tiles > lent_.size()) // where all are lent, there is nothing to hold
    codes_.resize(tiles * bytes());
}

void coarse_tiles::lend(std::size_t tile, row_chunks::place codes, const std::uint8_t* losses) {
  ROLLCALL_ASSERT(codes.keeps != nullptr);
  lent_.resize(std::max(lent_.size(), tile + 1));
  losses_.resize((tile + 1) * tile_rows);
  std::memcpy(losses_.data() + tile * tile_rows, losses, tile_rows);
  lent_[tile] = std::move(codes);
}

void coarse_tiles::bring_home(std::size_t tile) {
  if (keeper(tile) == nullptr)
    return;
  codes_.resize(losses_.size() / tile_rows * bytes());
  std::memcpy(codes_.data() + tile * bytes(), lent_[tile].at, bytes());
  lent_[tile] = {};
  forget_home();
}

tile_run coarse_tiles::tiles(std::size_t first, std::size_t most) const noexcept {
  const auto* const begin = codes(first);
  std::size_t count = most;
  if (first < lent_.size())
    for (count = 1; count < most && codes(first + count) == begin + count * bytes();)
      ++count;
  return {begin, losses_.data() + first * tile_rows, count, groups_, bits_};
}

void coarse_tiles::write(std::size_t at, std::span<const std::uint8_t> levels, std::uint8_t loss) noexcept {
  if (bits_ == 4)
    pack<4>(levels, row(at));
  else
    pack<2>(levels, row(at));
  losses_.data()[at] = loss;
}

void coarse_tiles::copy(std::size_t at, const tile_run& from, std::size_t from_at) noexcept {
  auto* into = row(at);
  const auto* out = row_of(from, from_at);
  for (std::size_t group = 0; group < groups_ * group_bytes; group += group_bytes)
    std::memcpy(into + group, out + group, group_row_bytes);
  losses_.data()[at] = from.losses[from_at];
}

void coarse_tiles::wipe(std::size_t at) noexcept {
  auto* into = row(at);
  for (std::size_t group = 0; group < groups_ * group_bytes; group += group_bytes)
    std::memset(into + group, 0, group_row_bytes);
  losses_.data()[at] = 0;
}

} // namespace rollcall::shard
