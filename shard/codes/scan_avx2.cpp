// The scan by AVX2: products of codes and the probe's bytes by pairs (at most 2 × 15 × 127), added up in 16 bits for as
// many groups as these are known to hold, then pairs by fours in 32. Compiled with -ffp-contract=off: the bounds are
// those of the other kernels.
//
// A few probes read the codes as they come, one after the other; the first asks for what comes next. More share the
// work of taking bytes apart: half a tile is unpacked into the level-1 cache, and two probes at a time go over it.
//
// Bounds rise with sums and with losses, rounded or not. So most tiles are dismissed by the bound that their largest
// sums would have with their largest loss.
#include "shard/codes/scan_kernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <cstring>

#define ROLLCALL_TARGET __attribute__((target("avx2")))
#define ROLLCALL_INLINE ROLLCALL_TARGET inline __attribute__((always_inline))

namespace rollcall::shard {

namespace {

constexpr std::size_t halves = tile_rows / 8; ///< 32-byte half lines a group
constexpr std::size_t part = halves / 2;      ///< of which so many are unpacked at once
constexpr std::size_t most_fours = 128;       ///< of coordinates that are unpacked
constexpr std::size_t fewest_probes = 4;      ///< that unpacking is worth while for

ROLLCALL_INLINE __m256i four_values(const std::int8_t* values) {
  std::int32_t four = 0;
  std::memcpy(&four, values, sizeof four);
  return _mm256_set1_epi32(four);
}

ROLLCALL_INLINE __m256i load(const void* from) {
  return _mm256_load_si256(static_cast<const __m256i*>(from));
}

/// The codes of one four of coordinates, out of bytes that have 8 / Bits of them.
template <unsigned Bits>
ROLLCALL_INLINE __m256i codes_of(__m256i bytes, unsigned four) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, static_cast<int>(four * Bits)), _mm256_set1_epi8((1 << Bits) - 1));
}

ROLLCALL_INLINE __m256i plus_products(__m256i pairs, __m256i codes, __m256i values) {
  pairs = _mm256_add_epi16(pairs, _mm256_maddubs_epi16(codes, values));
  asm("" : "+x"(pairs)); // no instruction: else the compiler would gather products first, and run out of registers
  return pairs;
}

/// One probe's sums over one tile, by rows, and the largest of each lane.
struct tile_sums {
  __m256i each[halves];
  __m256i largest;
};

ROLLCALL_INLINE __m256i widened(__m256i pairs) {
  return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

// `Asks` for `next`, of as many groups, too.
template <unsigned Bits, bool Asks>
ROLLCALL_INLINE void add_up(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                            const scan_probe& probe, tile_sums& into) {
  constexpr unsigned fours = 8 / Bits;
  for (auto& sum : into.each)
    sum = _mm256_setzero_si256();
  for (std::size_t first = 0; first < groups; first += probe.groups_at_once) {
    __m256i pairs[halves] = {};
    const auto end = std::min(groups, first + probe.groups_at_once);
    for (std::size_t group = first; group < end; ++group) {
#pragma GCC unroll 8
      for (std::size_t half = 0; half < halves; ++half) {
        const auto at = group * group_bytes + half * 32;
        if constexpr (Asks)
          if (half % 2 == 0)
            __builtin_prefetch(next + at, 0, 2);
        const __m256i all = load(tile + at);
#pragma GCC unroll 4
        for (unsigned four = 0; four < fours; ++four)
          pairs[half] = plus_products(pairs[half], codes_of<Bits>(all, four),
                                      four_values(probe.values + (group * fours + four) * group_row_bytes));
      }
    }
#pragma GCC unroll 8
    for (std::size_t half = 0; half < halves; ++half)
      into.each[half] = _mm256_add_epi32(into.each[half], widened(pairs[half]));
  }
}

/// The codes of half a tile, a byte each, by fours of coordinates in the order of a probe's values.
struct unpacked {
  __m256i fours[most_fours][part];
};

// Asks for the same half of `next`, too.
template <unsigned Bits>
ROLLCALL_INLINE void unpack(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                            std::size_t first_half, unpacked& into) {
  for (std::size_t group = 0; group < groups; ++group)
#pragma GCC unroll 4
    for (std::size_t half = 0; half < part; ++half) {
      const auto at = group * group_bytes + (first_half + half) * 32;
      if (half % 2 == 0)
        __builtin_prefetch(next + at, 0, 2);
      const __m256i all = load(tile + at);
#pragma GCC unroll 4
      for (unsigned four = 0; four < 8 / Bits; ++four)
        into.fours[group * (8 / Bits) + four][half] = codes_of<Bits>(all, four);
    }
}

// Adds to four sums of a tile, or begins them.
ROLLCALL_INLINE void put(__m256i* sums, bool is_first, __m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i zero = _mm256_setzero_si256();
  sums[0] = _mm256_add_epi32(is_first ? zero : sums[0], widened(a));
  sums[1] = _mm256_add_epi32(is_first ? zero : sums[1], widened(b));
  sums[2] = _mm256_add_epi32(is_first ? zero : sums[2], widened(c));
  sums[3] = _mm256_add_epi32(is_first ? zero : sums[3], widened(d));
}

// For two probes, of so many fours a group. Written out, as the compiler would not keep arrays in registers.
ROLLCALL_TARGET void add_up(const unpacked& of, std::size_t groups, std::size_t fours, const scan_probe& a,
                            const scan_probe& b, __m256i* into_a, __m256i* into_b) {
  static_assert(part == 4);
  const auto at_once = fours * std::min(a.groups_at_once, b.groups_at_once);
  for (std::size_t first = 0; first < fours * groups; first += at_once) {
    __m256i a0 = _mm256_setzero_si256();
    __m256i a1 = a0;
    __m256i a2 = a0;
    __m256i a3 = a0;
    __m256i b0 = a0;
    __m256i b1 = a0;
    __m256i b2 = a0;
    __m256i b3 = a0;
    const auto end = std::min(fours * groups, first + at_once);
    for (std::size_t four = first; four < end; ++four) {
      const __m256i of_a = four_values(a.values + four * 4);
      const __m256i of_b = four_values(b.values + four * 4);
      const auto* codes = of.fours[four];
      a0 = plus_products(a0, codes[0], of_a);
      b0 = plus_products(b0, codes[0], of_b);
      a1 = plus_products(a1, codes[1], of_a);
      b1 = plus_products(b1, codes[1], of_b);
      a2 = plus_products(a2, codes[2], of_a);
      b2 = plus_products(b2, codes[2], of_b);
      a3 = plus_products(a3, codes[3], of_a);
      b3 = plus_products(b3, codes[3], of_b);
    }
    put(into_a, first == 0, a0, a1, a2, a3);
    put(into_b, first == 0, b0, b1, b2, b3);
  }
}

ROLLCALL_INLINE void note_largest(tile_sums& of) {
  of.largest = of.each[0];
#pragma GCC unroll 8
  for (std::size_t half = 1; half < halves; ++half)
    of.largest = _mm256_max_epi32(of.largest, of.each[half]);
}

ROLLCALL_INLINE __m256 bounds_of(__m256i sums, __m256i losses, const scan_probe& probe) {
  const __m256 loss = _mm256_mul_ps(_mm256_cvtepi32_ps(losses), _mm256_set1_ps(probe.per_loss));
  return _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_set1_ps(probe.per_sum)), loss);
}

ROLLCALL_INLINE unsigned reaching(__m256 bounds, const scan_probe& probe) {
  return static_cast<unsigned>(_mm256_movemask_ps(_mm256_cmp_ps(bounds, _mm256_set1_ps(probe.lowest), _CMP_GE_OQ)));
}

// Fills in the bounds, and which rows they admit.
ROLLCALL_TARGET void bound(const tile_sums& sums, const std::uint8_t* losses, const scan_probe& probe,
                           tile_bounds& into) {
  into.admitted = 0;
  for (std::size_t half = 0; half < halves; ++half) {
    const auto bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(losses + half * 8));
    const __m256i wide = _mm256_cvtepu8_epi32(bytes);
    const __m256 bound = bounds_of(sums.each[half], wide, probe);
    _mm256_store_ps(into.bounds.data() + half * 8, bound);
    const __m256 is_any = _mm256_castsi256_ps(_mm256_cmpeq_epi32(wide, _mm256_set1_epi32(any_loss)));
    const auto is_in = reaching(bound, probe) | static_cast<unsigned>(_mm256_movemask_ps(is_any));
    into.admitted |= static_cast<std::uint64_t>(is_in) << (half * 8);
  }
}

ROLLCALL_INLINE unsigned largest_loss(const std::uint8_t* losses) {
  const __m256i both = _mm256_max_epu8(load(losses), load(losses + 32));
  __m128i most = _mm_max_epu8(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1));
  most = _mm_max_epu8(most, _mm_srli_epi16(most, 8));
  // The least that any of 8 words has to 255.
  const __m128i missing = _mm_andnot_si128(most, _mm_set1_epi16(255));
  return 255U - static_cast<unsigned>(_mm_extract_epi16(_mm_minpos_epu16(missing), 0));
}

/// Whether any row of the tile can be admitted.
ROLLCALL_INLINE bool is_dismissed(const tile_sums& sums, unsigned most_loss, const scan_probe& probe) {
  const __m256 most = bounds_of(sums.largest, _mm256_set1_epi32(static_cast<int>(most_loss)), probe);
  return most_loss != any_loss && bounds_rise(probe) && reaching(most, probe) == 0;
}

/// The sums of all probes over one tile. `into` has room for an even number.
template <unsigned Bits>
ROLLCALL_TARGET void add_up_all(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                                std::span<const scan_probe> probes, tile_sums* into) {
  unpacked codes;
  for (const std::size_t first : {std::size_t{0}, part}) {
    unpack<Bits>(tile, next, groups, first, codes);
    for (std::size_t p = 0; p < probes.size(); p += 2) {
      const auto other = std::min(p + 1, probes.size() - 1); // the last of an odd number goes twice
      add_up(codes, groups, 8 / Bits, probes[p], probes[other], into[p].each + first, into[p + 1].each + first);
    }
  }
}

template <unsigned Bits>
ROLLCALL_TARGET void scan(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  const bool is_unpacked = probes.size() >= fewest_probes && run.groups * (8 / Bits) <= most_fours;
  tile_sums sums[probes_at_once_avx2 + probes_at_once_avx2 % 2];
  tile_bounds found;
  for (std::size_t at = 0; at < run.count; ++at) {
    const auto* tile = run.codes + at * run.groups * group_bytes;
    const auto* losses = run.losses + at * tile_rows;
    const auto* next = asked_with(run, at);
    if (is_unpacked)
      add_up_all<Bits>(tile, next != nullptr ? next : tile, run.groups, probes, sums);
    else
      for (std::size_t p = 0; p < probes.size(); ++p)
        if (p == 0 && next != nullptr)
          add_up<Bits, true>(tile, next, run.groups, probes[p], sums[p]);
        else
          add_up<Bits, false>(tile, nullptr, run.groups, probes[p], sums[p]);
    const auto most_loss = largest_loss(losses);
    for (std::size_t p = 0; p < probes.size(); ++p) {
      note_largest(sums[p]);
      if (is_dismissed(sums[p], most_loss, probes[p]))
        continue;
      found.tile = at;
      found.probe = p;
      bound(sums[p], losses, probes[p], found);
      if (found.admitted != 0)
        take(found);
    }
  }
}

} // namespace

ROLLCALL_TARGET void scan_avx2(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  if (run.bits == 4)
    scan<4>(run, probes, take);
  else
    scan<2>(run, probes, take);
}

// Widened to 16 bits: a pair of products of bytes may be more than those hold.
ROLLCALL_TARGET std::int32_t byte_sum_avx2(const std::uint8_t* codes, const std::int8_t* values, std::size_t count) {
  __m128i sums = _mm_setzero_si128();
  for (std::size_t i = 0; i < count; i += group_coordinates) {
    const __m128i code = _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(codes + i)));
    const __m128i value = _mm_cvtepi8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(values + i)));
    sums = _mm_add_epi32(sums, _mm_madd_epi16(code, value));
  }
  alignas(16) std::int32_t each[4];
  _mm_store_si128(reinterpret_cast<__m128i*>(each), sums);
  return each[0] + each[1] + each[2] + each[3];
}

} // namespace rollcall::shard

#undef ROLLCALL_TARGET
#undef ROLLCALL_INLINE

#endif
