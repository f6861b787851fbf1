// The scan by AVX-512 with VNNI: vpdpbusd multiplies 64 codes by the probe's bytes and adds them by fours, 16
// references at once. Compiled with -ffp-contract=off: the bounds are those of the other kernels.
//
// Up to four probes go over a tile together. Bounds rise with sums and with losses, rounded or not, so most tiles are
// dismissed by the bounds that the largest sums would have with the largest losses. The others are looked at while the
// next sums are added up: the processor guesses wrong at many of them, and loses little by it then.
#include "shard/codes/scan_avx512.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace rollcall::shard {

namespace {

constexpr std::size_t most_together = 4; ///< probes

ROLLCALL_AVX512_INLINE __m512i spread_four(const std::int8_t* values) {
  std::int32_t four = 0;
  std::memcpy(&four, values, sizeof four);
  return _mm512_set1_epi32(four);
}

ROLLCALL_AVX512_INLINE __m512i plus_products(__m512i sums, __m512i codes, __m512i values) {
  sums = _mm512_dpbusd_epi32(sums, codes, values);
  asm("" : "+v"(sums)); // no instruction: else the compiler would keep copies of sums, and run out of registers
  return sums;
}

/// The codes of a group, a byte each.
struct group_codes {
  __m512i low[tile_lines];
  __m512i high[tile_lines];
};

// `Asks` for a group of the next tile, too.
template <bool Asks>
ROLLCALL_AVX512_INLINE group_codes take_apart(const std::uint8_t* group, const std::uint8_t* next) {
  const __m512i low_half = _mm512_set1_epi8(15);
  group_codes codes;
#pragma GCC unroll 4
  for (std::size_t line = 0; line < tile_lines; ++line) {
    const auto* at = group + line * 64;
    if constexpr (Asks)
      __builtin_prefetch(next + line * 64, 0, 2);
    const __m512i both = _mm512_load_si512(at);
    codes.low[line] = _mm512_and_si512(both, low_half);
    codes.high[line] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half);
  }
  return codes;
}

// The sums of all references of a tile and P probes, in registers: of four probes they take 16 of 32, a group's
// codes 8.
template <bool Asks, std::size_t P>
ROLLCALL_AVX512_INLINE void add_products_4(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                                           const scan_probe* probes, __m512i (&sums)[P][tile_lines]) {
  for (std::size_t group = 0; group < groups; ++group) {
    const auto at = group * group_bytes;
    const auto codes = take_apart<Asks>(tile + at, Asks ? next + at : nullptr);
#pragma GCC unroll 4
    for (std::size_t p = 0; p < P; ++p) {
      const auto* values = probes[p].values + group * group_coordinates;
      const __m512i of_low = spread_four(values);
      const __m512i of_high = spread_four(values + 4);
#pragma GCC unroll 4
      for (std::size_t line = 0; line < tile_lines; ++line)
        sums[p][line] = plus_products(sums[p][line], codes.low[line], of_low);
#pragma GCC unroll 4
      for (std::size_t line = 0; line < tile_lines; ++line)
        sums[p][line] = plus_products(sums[p][line], codes.high[line], of_high);
    }
  }
}

// The same for codes of 2 bits: a line has four times four coordinates of 16 references.
template <bool Asks, std::size_t P>
ROLLCALL_AVX512_INLINE void add_products_2(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                                           const scan_probe* probes, __m512i (&sums)[P][tile_lines]) {
  constexpr std::size_t fours = 4;
  const __m512i least = _mm512_set1_epi8(3);
  for (std::size_t group = 0; group < groups; ++group)
#pragma GCC unroll 4
    for (std::size_t line = 0; line < tile_lines; ++line) {
      const auto at = group * group_bytes + line * 64;
      if constexpr (Asks)
        __builtin_prefetch(next + at, 0, 2);
      const __m512i all = _mm512_load_si512(tile + at);
      const __m512i codes[fours] = {_mm512_and_si512(all, least), _mm512_and_si512(_mm512_srli_epi16(all, 2), least),
                                    _mm512_and_si512(_mm512_srli_epi16(all, 4), least),
                                    _mm512_and_si512(_mm512_srli_epi16(all, 6), least)};
#pragma GCC unroll 4
      for (std::size_t p = 0; p < P; ++p)
#pragma GCC unroll 4
        for (std::size_t four = 0; four < fours; ++four)
          sums[p][line] = plus_products(sums[p][line], codes[four],
                                        spread_four(probes[p].values + (group * fours + four) * group_row_bytes));
    }
}

/// A tile of a run.
struct tile_view {
  const std::uint8_t* codes;
  const std::uint8_t* next; ///< codes of the tile after it; null: nobody knows
  std::size_t groups;
  std::size_t at; ///< of the run
  tile_losses losses;
};

ROLLCALL_AVX512_INLINE tile_view view(const tile_run& run, std::size_t at, bool all_rise) {
  const auto* codes = run.codes + at * run.groups * group_bytes;
  return {codes, asked_with(run, at), run.groups, at, largest_losses(run, at, all_rise)};
}

/// What probes that go together found in a tile.
struct pass_sums {
  std::size_t tile = 0;     ///< of the run
  std::size_t first = 0;    ///< probe
  unsigned in_question = 0; ///< bit p: a row may be admitted for probe first + p
  __m512i each[most_together][tile_lines];
};

template <unsigned Bits, bool Asks, std::size_t P>
ROLLCALL_AVX512 void add_up(const tile_view& tile, const scan_probe* probes, std::size_t first, pass_sums& into) {
  __m512i sums[P][tile_lines] = {};
  if constexpr (Bits == 4)
    add_products_4<Asks, P>(tile.codes, tile.next, tile.groups, probes + first, sums);
  else
    add_products_2<Asks, P>(tile.codes, tile.next, tile.groups, probes + first, sums);
  into.tile = tile.at;
  into.first = first;
  into.in_question = 0;
#pragma GCC unroll 4
  for (std::size_t p = 0; p < P; ++p) {
    const auto& of = sums[p];
    const unsigned reached = largest_reaching(of, tile.losses, probes[first + p]) | tile.losses.undismissed;
    into.in_question |= (reached != 0 ? 1U : 0U) << p;
#pragma GCC unroll 4
    for (std::size_t line = 0; line < tile_lines; ++line)
      _mm512_store_si512(&into.each[p][line], of[line]);
  }
}

using add_up_function = void (*)(const tile_view& tile, const scan_probe* probes, std::size_t first, pass_sums& into);

// Fewer probes than two passes need read the codes as fast as memory gives them, and asking ahead only slows them down.
template <unsigned Bits>
add_up_function add_up_by(std::size_t first, std::size_t count, bool asks) noexcept {
  constexpr add_up_function by_count[][most_together] = {
      {add_up<Bits, false, 1>, add_up<Bits, false, 2>, add_up<Bits, false, 3>, add_up<Bits, false, 4>},
      {add_up<Bits, true, 1>, add_up<Bits, true, 2>, add_up<Bits, true, 3>, add_up<Bits, true, 4>}};
  return by_count[asks && first == 0 ? 1 : 0][std::min(most_together, count - first) - 1];
}

ROLLCALL_AVX512 void settle(const pass_sums& sums, const std::uint8_t* losses, const scan_probe* probes,
                            tile_taker take) {
  for (auto left = sums.in_question; left != 0; left &= left - 1) {
    const auto p = static_cast<std::size_t>(std::countr_zero(left));
    give(sums.each[p], losses, {sums.tile, sums.first + p}, probes[sums.first + p], take);
  }
}

} // namespace

ROLLCALL_AVX512 void scan_avx512_vnni(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  const bool all_rise = std::all_of(probes.begin(), probes.end(), bounds_rise);
  pass_sums sums[2];
  auto* now = &sums[0];
  auto* before = &sums[1];
  for (std::size_t at = 0; at < run.count; ++at) {
    const auto tile = view(run, at, all_rise);
    for (std::size_t p = 0; p < probes.size(); p += most_together) {
      const bool asks = tile.next != nullptr && (run.then != nullptr || probes.size() > most_together);
      const auto add = run.bits == 4 ? add_up_by<4>(p, probes.size(), asks) : add_up_by<2>(p, probes.size(), asks);
      add(tile, probes.data(), p, *now);
      settle(*before, run.losses, probes.data(), take);
      std::swap(now, before);
    }
  }
  settle(*before, run.losses, probes.data(), take);
}

ROLLCALL_AVX512 std::int32_t byte_sum_avx512_vnni(const std::uint8_t* codes, const std::int8_t* values,
                                                  std::size_t count) {
  __m512i sums = _mm512_setzero_si512();
  for (std::size_t i = 0; i < count; i += 64) {
    const __mmask64 those = count - i >= 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << (count - i)) - 1;
    sums = _mm512_dpbusd_epi32(sums, _mm512_maskz_loadu_epi8(those, codes + i),
                               _mm512_maskz_loadu_epi8(those, values + i));
  }
  return _mm512_reduce_add_epi32(sums);
}

} // namespace rollcall::shard

#endif
