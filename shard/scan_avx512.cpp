// The scan by AVX-512 with VNNI: vpdpbusd multiplies 64 codes by the probe's bytes and adds them by fours, 16
// references at once. Compiled with -ffp-contract=off: the bounds are those of the other kernels.
#include "shard/scan_kernels.hpp"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#define ROLLCALL_TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))
#define ROLLCALL_INLINE ROLLCALL_TARGET inline __attribute__((always_inline))

namespace rollcall::shard {

namespace {

constexpr std::size_t lines = tile_rows / 16; ///< 64-byte lines a group

ROLLCALL_INLINE __m512i spread_four(const std::int8_t* values) {
  std::int32_t four = 0;
  std::memcpy(&four, values, sizeof four);
  return _mm512_set1_epi32(four);
}

// The sums of all references of a tile and P probes, in registers.
template <std::size_t P>
ROLLCALL_INLINE void add_up(const std::uint8_t* tile, std::size_t groups, const scan_probe* probes,
                            __m512i (&sums)[P][lines]) {
  const __m512i low_half = _mm512_set1_epi8(15);
  for (std::size_t group = 0; group < groups; ++group) {
    const auto* codes = tile + group * group_bytes;
    // Line by line, with the probes' bytes broadcast from memory: the sums take 24 of 32 registers.
#pragma GCC unroll 4
    for (std::size_t line = 0; line < lines; ++line) {
      const __m512i both = _mm512_load_si512(codes + line * 64);
      const __m512i low = _mm512_and_si512(both, low_half);
      const __m512i high = _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half);
#pragma GCC unroll 6
      for (std::size_t p = 0; p < P; ++p) {
        const auto* values = probes[p].values + group * group_coordinates;
        sums[p][line] = _mm512_dpbusd_epi32(sums[p][line], low, spread_four(values));
        sums[p][line] = _mm512_dpbusd_epi32(sums[p][line], high, spread_four(values + 4));
      }
    }
  }
}

ROLLCALL_INLINE std::uint64_t bound(const __m512i (&sums)[lines], const std::uint8_t* losses, const scan_probe& probe,
                                    tile_bounds& into) {
  const __m512 lowest = _mm512_set1_ps(probe.lowest);
  const __m512 per_sum = _mm512_set1_ps(probe.per_sum);
  const __m512 per_loss = _mm512_set1_ps(probe.per_loss);
  const __m512i all_losses = _mm512_load_si512(losses);
  std::uint64_t admitted = _mm512_cmpeq_epi8_mask(all_losses, _mm512_set1_epi8(static_cast<char>(any_loss)));
#pragma GCC unroll 4
  for (std::size_t line = 0; line < lines; ++line) {
    const auto bytes = _mm_load_si128(reinterpret_cast<const __m128i*>(losses + line * 16));
    const __m512 loss = _mm512_mul_ps(_mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(bytes)), per_loss);
    const __m512 bound = _mm512_add_ps(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[line]), per_sum), loss);
    _mm512_store_ps(into.bounds.data() + line * 16, bound);
    admitted |= static_cast<std::uint64_t>(_mm512_cmp_ps_mask(bound, lowest, _CMP_GE_OQ)) << (line * 16);
  }
  into.admitted = admitted;
  return admitted;
}

template <std::size_t P>
ROLLCALL_TARGET scan_progress scan(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                   std::span<tile_bounds> into) {
  std::size_t filled = 0;
  std::size_t at = first;
  for (; at < run.count && filled + P <= into.size(); ++at) {
    __m512i sums[P][lines] = {};
    add_up<P>(run.codes + at * run.groups * group_bytes, run.groups, probes.data(), sums);
#pragma GCC unroll 4
    for (std::size_t p = 0; p < P; ++p) {
      into[filled].tile = at;
      into[filled].probe = p;
      filled += bound(sums[p], run.losses + at * tile_rows, probes[p], into[filled]) != 0 ? 1 : 0;
    }
  }
  return {at, filled};
}

} // namespace

scan_progress scan_avx512_vnni(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                               std::span<tile_bounds> into) {
  constexpr scan_function by_count[] = {scan<1>, scan<2>, scan<3>, scan<4>};
  static_assert(std::size(by_count) == probes_at_once_avx512);
  return by_count[probes.size() - 1](run, first, probes, into);
}

ROLLCALL_TARGET std::int32_t byte_sum_avx512_vnni(const std::uint8_t* codes, const std::int8_t* values,
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

#undef ROLLCALL_TARGET
#undef ROLLCALL_INLINE

#endif
