/// What the scans by AVX-512 and by AMX share: from the sums of a tile to bounds. Inside shard/ only; sources that are
/// compiled with -ffp-contract=off.
#pragma once

#include "shard/codes/scan_kernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#define ROLLCALL_AVX512 __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define ROLLCALL_AVX512_INLINE ROLLCALL_AVX512 inline __attribute__((always_inline))

namespace rollcall::shard {

inline constexpr std::size_t tile_lines = tile_rows / 16; ///< lines of 64 bytes a group

ROLLCALL_AVX512_INLINE __m128i sixteen(const std::uint8_t* bytes) {
  return _mm_load_si128(reinterpret_cast<const __m128i*>(bytes));
}

ROLLCALL_AVX512_INLINE __m512 floats_of(__m128i bytes) {
  return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes));
}

ROLLCALL_AVX512_INLINE __m512 bounds_of(__m512i sums, __m512 losses, const scan_probe& probe) {
  return _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_set1_ps(probe.per_sum)),
                       _mm512_mul_ps(losses, _mm512_set1_ps(probe.per_loss)));
}

ROLLCALL_AVX512_INLINE __mmask16 reaching(__m512 bounds, const scan_probe& probe) {
  return _mm512_cmp_ps_mask(bounds, _mm512_set1_ps(probe.lowest), _CMP_GE_OQ);
}

/// Of a tile.
struct tile_losses {
  __m512 largest;       ///< of the rows 16 apart that share a lane
  unsigned undismissed; ///< not 0: it must be looked at whatever the sums are
};

/// `all_rise`: for all probes, bounds do (bounds_rise).
ROLLCALL_AVX512_INLINE tile_losses largest_losses(const tile_run& run, std::size_t at, bool all_rise) {
  const auto* losses = run.losses + at * tile_rows;
  const __m128i largest = _mm_max_epu8(_mm_max_epu8(sixteen(losses), sixteen(losses + 16)),
                                       _mm_max_epu8(sixteen(losses + 32), sixteen(losses + 48)));
  const auto any = _mm_movemask_epi8(_mm_cmpeq_epi8(largest, _mm_set1_epi8(static_cast<char>(any_loss))));
  return {floats_of(largest), static_cast<unsigned>(any) | (all_rise ? 0U : 1U)};
}

/// The lanes of which the largest sum would reach the threshold with the largest loss. Bounds rise with sums and with
/// losses, rounded or not, so a tile of which none does is dismissed, as most are.
ROLLCALL_AVX512_INLINE __mmask16 largest_reaching(const __m512i (&sums)[tile_lines], const tile_losses& losses,
                                                  const scan_probe& probe) {
  const __m512i largest = _mm512_max_epi32(_mm512_max_epi32(sums[0], sums[1]), _mm512_max_epi32(sums[2], sums[3]));
  return reaching(bounds_of(largest, losses.largest, probe), probe);
}

/// Which tile, and for which probe.
struct tile_and_probe {
  std::size_t tile;
  std::size_t probe;
};

/// Gives `take` a tile in question, if it admits a row. `losses` are the run's.
ROLLCALL_AVX512_INLINE void give(const __m512i (&sums)[tile_lines], const std::uint8_t* losses, tile_and_probe which,
                                 const scan_probe& probe, tile_taker take) {
  losses += which.tile * tile_rows;
  tile_bounds found;
  const __m512i all_losses = _mm512_load_si512(losses);
  std::uint64_t admitted = _mm512_cmpeq_epi8_mask(all_losses, _mm512_set1_epi8(static_cast<char>(any_loss)));
#pragma GCC unroll 4
  for (std::size_t line = 0; line < tile_lines; ++line) {
    const __m512 bounds = bounds_of(sums[line], floats_of(sixteen(losses + line * 16)), probe);
    _mm512_store_ps(found.bounds.data() + line * 16, bounds);
    admitted |= static_cast<std::uint64_t>(reaching(bounds, probe)) << (line * 16);
  }
  if (admitted == 0)
    return;
  found.admitted = admitted;
  found.tile = which.tile;
  found.probe = which.probe;
  take(found);
}

} // namespace rollcall::shard

#endif
