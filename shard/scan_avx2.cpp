// The scan by AVX2: products of codes and the probe's bytes by pairs (at most 2 × 15 × 127), pairs by fours, 8
// references at once. Compiled with -ffp-contract=off: the bounds are those of the other kernels.
#include "shard/scan_kernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#define ROLLCALL_TARGET __attribute__((target("avx2")))
#define ROLLCALL_INLINE ROLLCALL_TARGET inline __attribute__((always_inline))

namespace rollcall::shard {

namespace {

constexpr std::size_t halves = tile_rows / 8; ///< 32-byte half lines a group

ROLLCALL_INLINE __m256i four_values(const std::int8_t* values) {
  std::int32_t four = 0;
  std::memcpy(&four, values, sizeof four);
  return _mm256_set1_epi32(four);
}

ROLLCALL_INLINE void add_up(const std::uint8_t* tile, std::size_t groups, const std::int8_t* values,
                            __m256i (&sums)[halves]) {
  const __m256i low_half = _mm256_set1_epi8(15);
  const __m256i ones = _mm256_set1_epi16(1);
  for (std::size_t group = 0; group < groups; ++group) {
    const __m256i first = four_values(values + group * group_coordinates);
    const __m256i second = four_values(values + group * group_coordinates + 4);
#pragma GCC unroll 8
    for (std::size_t half = 0; half < halves; ++half) {
      const auto* codes = reinterpret_cast<const __m256i*>(tile + group * group_bytes + half * 32);
      const __m256i both = _mm256_load_si256(codes);
      const __m256i low = _mm256_maddubs_epi16(_mm256_and_si256(both, low_half), first);
      const __m256i high = _mm256_maddubs_epi16(_mm256_and_si256(_mm256_srli_epi16(both, 4), low_half), second);
      sums[half] = _mm256_add_epi32(sums[half], _mm256_madd_epi16(_mm256_add_epi16(low, high), ones));
    }
  }
}

ROLLCALL_INLINE std::uint64_t bound(const __m256i (&sums)[halves], const std::uint8_t* losses, const scan_probe& probe,
                                    tile_bounds& into) {
  const __m256 lowest = _mm256_set1_ps(probe.lowest);
  const __m256 per_sum = _mm256_set1_ps(probe.per_sum);
  const __m256 per_loss = _mm256_set1_ps(probe.per_loss);
  const __m256i any = _mm256_set1_epi32(any_loss);
  std::uint64_t admitted = 0;
#pragma GCC unroll 8
  for (std::size_t half = 0; half < halves; ++half) {
    const auto bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(losses + half * 8));
    const __m256i wide = _mm256_cvtepu8_epi32(bytes);
    const __m256 loss = _mm256_mul_ps(_mm256_cvtepi32_ps(wide), per_loss);
    const __m256 bound = _mm256_add_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(sums[half]), per_sum), loss);
    _mm256_store_ps(into.bounds.data() + half * 8, bound);
    const __m256 is_in =
        _mm256_or_ps(_mm256_cmp_ps(bound, lowest, _CMP_GE_OQ), _mm256_castsi256_ps(_mm256_cmpeq_epi32(wide, any)));
    admitted |= static_cast<std::uint64_t>(static_cast<unsigned>(_mm256_movemask_ps(is_in))) << (half * 8);
  }
  into.admitted = admitted;
  return admitted;
}

} // namespace

ROLLCALL_TARGET scan_progress scan_avx2(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                        std::span<tile_bounds> into) {
  std::size_t filled = 0;
  std::size_t at = first;
  for (; at < run.count && filled + probes.size() <= into.size(); ++at) {
    std::uint64_t admitted = 0;
    for (std::size_t p = 0; p < probes.size(); ++p) {
      __m256i sums[halves] = {};
      add_up(run.codes + at * run.groups * group_bytes, run.groups, probes[p].values, sums);
      into[filled + p].tile = at;
      admitted |= bound(sums, run.losses + at * tile_rows, probes[p], into[filled + p]);
    }
    filled += admitted != 0 ? probes.size() : 0;
  }
  return {at, filled};
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

#endif
