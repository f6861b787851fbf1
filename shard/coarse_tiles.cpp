#include "shard/coarse_tiles.hpp"

#include <cstring>

namespace rollcall::shard {

namespace {

constexpr std::size_t row_group_bytes = group_bytes / tile_rows;

const std::uint8_t* row_of(const tile_run& run, std::size_t at) noexcept {
  return run.codes + at / tile_rows * run.groups * group_bytes + at % tile_rows * row_group_bytes;
}

} // namespace

std::uint8_t* coarse_tiles::row(std::size_t at) noexcept {
  return codes_.data() + at / tile_rows * groups_ * group_bytes + at % tile_rows * row_group_bytes;
}

void coarse_tiles::resize(std::size_t rows) {
  const auto tiles = (rows + tile_rows - 1) / tile_rows;
  losses_.resize(tiles * tile_rows);
  codes_.resize(tiles * groups_ * group_bytes);
}

void coarse_tiles::write(std::size_t at, std::span<const std::uint8_t> levels, std::uint8_t loss) noexcept {
  auto* into = row(at);
  for (std::size_t group = 0; group < groups_; ++group)
    for (std::size_t b = 0; b < row_group_bytes; ++b) {
      const auto* pair = levels.data() + group * group_coordinates + b;
      into[group * group_bytes + b] = static_cast<std::uint8_t>(pair[0] | pair[group_coordinates / 2] << 4);
    }
  losses_.data()[at] = loss;
}

void coarse_tiles::copy(std::size_t at, const tile_run& from, std::size_t from_at) noexcept {
  auto* into = row(at);
  const auto* out = row_of(from, from_at);
  for (std::size_t group = 0; group < groups_ * group_bytes; group += group_bytes)
    std::memcpy(into + group, out + group, row_group_bytes);
  losses_.data()[at] = from.losses[from_at];
}

void coarse_tiles::copy_tile(std::size_t tile, const tile_run& from, std::size_t from_tile) noexcept {
  const auto whole = groups_ * group_bytes;
  std::memcpy(codes_.data() + tile * whole, from.codes + from_tile * whole, whole);
  std::memcpy(losses_.data() + tile * tile_rows, from.losses + from_tile * tile_rows, tile_rows);
}

void coarse_tiles::wipe(std::size_t at) noexcept {
  auto* into = row(at);
  for (std::size_t group = 0; group < groups_ * group_bytes; group += group_bytes)
    std::memset(into + group, 0, row_group_bytes);
  losses_.data()[at] = 0;
}

} // namespace rollcall::shard
