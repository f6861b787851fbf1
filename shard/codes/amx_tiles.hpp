/// The tile registers of AMX, and ones of plain memory that do the same, so that what is built on them is tested on
/// every processor. Inside shard/ only.
///
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18, and volume 2, LDTILECFG,
/// TILELOADD, TILESTORED, TDPBSUD.
#pragma once

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace rollcall::shard {

inline constexpr std::size_t amx_tiles = 8;  ///< registers
inline constexpr std::size_t amx_rows = 16;  ///< of a register, at most
inline constexpr std::size_t amx_bytes = 64; ///< of a row, at most

/// What LDTILECFG reads: the rows of each register, and their bytes.
struct alignas(64) amx_shapes {
  std::uint8_t palette = 1;
  std::uint8_t start_row = 0;
  std::array<std::uint8_t, 14> reserved{};
  std::array<std::uint16_t, 16> bytes{};
  std::array<std::uint8_t, 16> rows{};

  void set(std::size_t tile, std::size_t its_rows, std::size_t its_bytes) noexcept {
    rows[tile] = static_cast<std::uint8_t>(its_rows);
    bytes[tile] = static_cast<std::uint16_t>(its_bytes);
  }
};
static_assert(sizeof(amx_shapes) == 64);

/// Without the instructions. What the processor would raise an exception for is asserted.
class amx_by_hand {
public:
  void configure(const amx_shapes& shapes) {
    ROLLCALL_ASSERT(shapes.palette == 1 && shapes.start_row == 0);
    for (std::size_t tile = 0; tile < shapes.rows.size(); ++tile)
      ROLLCALL_ASSERT(shapes.rows[tile] <= (tile < amx_tiles ? amx_rows : 0) && shapes.bytes[tile] <= amx_bytes
                      && (shapes.rows[tile] == 0) == (shapes.bytes[tile] == 0));
    shapes_ = shapes;
    tiles_ = {};
  }
  void release() noexcept { shapes_ = {}; }

  template <int Tile>
  void zero() {
    tiles_[Tile] = {};
  }
  template <int Tile>
  void load(const void* from, std::size_t stride) {
    ROLLCALL_ASSERT(shapes_.rows[Tile] > 0);
    tiles_[Tile] = {};
    for (std::size_t row = 0; row < shapes_.rows[Tile]; ++row)
      std::memcpy(tiles_[Tile][row].data(), static_cast<const std::uint8_t*>(from) + row * stride, shapes_.bytes[Tile]);
  }
  template <int Tile>
  void store(void* to, std::size_t stride) const {
    ROLLCALL_ASSERT(shapes_.rows[Tile] > 0);
    for (std::size_t row = 0; row < shapes_.rows[Tile]; ++row)
      std::memcpy(static_cast<std::uint8_t*>(to) + row * stride, tiles_[Tile][row].data(), shapes_.bytes[Tile]);
  }
  /// Sums[m][n] += Σ over k and b < 4 of Signed[m][4 k + b] × Unsigned[k][4 n + b].
  template <int Sums, int Signed, int Unsigned>
  void add_products() {
    ROLLCALL_ASSERT(shapes_.rows[Sums] == shapes_.rows[Signed] && shapes_.bytes[Sums] == shapes_.bytes[Unsigned]
                    && shapes_.bytes[Signed] == 4 * shapes_.rows[Unsigned]);
    for (std::size_t m = 0; m < shapes_.rows[Sums]; ++m)
      for (std::size_t n = 0; n < shapes_.bytes[Sums] / 4U; ++n) {
        std::int32_t sum = 0;
        std::memcpy(&sum, &tiles_[Sums][m][4 * n], sizeof sum);
        for (std::size_t k = 0; k < shapes_.rows[Unsigned]; ++k)
          for (std::size_t b = 0; b < 4; ++b)
            sum += static_cast<std::int8_t>(tiles_[Signed][m][4 * k + b]) * tiles_[Unsigned][k][4 * n + b];
        std::memcpy(&tiles_[Sums][m][4 * n], &sum, sizeof sum);
      }
  }

private:
  amx_shapes shapes_;
  std::array<std::array<std::array<std::uint8_t, amx_bytes>, amx_rows>, amx_tiles> tiles_{};
};

#if defined(__x86_64__)

#define ROLLCALL_AMX __attribute__((target("amx-tile,amx-int8")))
#define ROLLCALL_AMX_INLINE ROLLCALL_AMX inline __attribute__((always_inline))

/// The processor's. Of the calling thread; it must have been allowed to use them (is_amx_allowed).
/// Assembly, since the compilers' own functions don't say that they read and write memory.
class amx_of_processor {
public:
  ROLLCALL_AMX_INLINE void configure(const amx_shapes& shapes) { asm volatile("ldtilecfg %0" ::"m"(shapes)); }
  ROLLCALL_AMX_INLINE void release() { asm volatile("tilerelease" ::: "memory"); }

  template <int Tile>
  ROLLCALL_AMX_INLINE void zero() {
    asm volatile("tilezero %%tmm%c0" ::"i"(Tile));
  }
  template <int Tile>
  ROLLCALL_AMX_INLINE void load(const void* from, std::size_t stride) {
    asm volatile("tileloadd (%1,%2,1), %%tmm%c0" ::"i"(Tile), "r"(from), "r"(stride) : "memory");
  }
  template <int Tile>
  ROLLCALL_AMX_INLINE void store(void* to, std::size_t stride) const {
    asm volatile("tilestored %%tmm%c0, (%1,%2,1)" ::"i"(Tile), "r"(to), "r"(stride) : "memory");
  }
  template <int Sums, int Signed, int Unsigned>
  ROLLCALL_AMX_INLINE void add_products() {
    asm volatile("tdpbsud %%tmm%c2, %%tmm%c1, %%tmm%c0" ::"i"(Sums), "i"(Signed), "i"(Unsigned));
  }
};

#endif

} // namespace rollcall::shard
