// The scan by AMX: a product of sixteen probes and sixteen references goes over 64 coordinates at once. The codes of a
// tile are taken apart into the level-1 cache, in the order in which the product wants them, as they lie already: four
// coordinates of each of 16 references a line. Bounds are those of the other kernels (scan_avx512.hpp).
#include "shard/codes/amx_tiles.hpp"
#include "shard/codes/scan_avx512.hpp"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

// Functions that the processor's tiles and those by hand share.
#define ROLLCALL_BOTH __attribute__((target("avx512f,avx512bw,avx512vnni,amx-tile,amx-int8")))

namespace rollcall::shard {

namespace {

constexpr std::size_t few_probes = 5;                              ///< fewer are left to VNNI
constexpr std::size_t step_groups = amx_bytes / group_coordinates; ///< of one product
constexpr std::size_t most_steps = 8;                              ///< 512 coordinates
constexpr std::size_t step_bytes = amx_rows * amx_bytes;           ///< of 16 references, or of 16 probes

/// The values of probes: by steps, then by probes; zeros beyond the last coordinate.
struct alignas(64) probe_tiles {
  std::int8_t values[most_steps][amx_rows][amx_bytes];
};

/// The codes of a tile, a byte each: by steps, then by 16 references.
struct alignas(64) reference_tiles {
  std::uint8_t codes[most_steps][tile_lines][amx_rows][amx_bytes];
};

/// By probes, then by references.
struct alignas(64) product_tiles {
  std::int32_t sums[amx_rows][tile_rows];
};

void pack(std::span<const scan_probe> probes, std::size_t groups, probe_tiles& into) {
  const auto steps = (groups + step_groups - 1) / step_groups;
  std::memset(into.values, 0, steps * step_bytes);
  for (std::size_t p = 0; p < probes.size(); ++p)
    for (std::size_t group = 0; group < groups; ++group)
      std::memcpy(&into.values[group / step_groups][p][group % step_groups * group_coordinates],
                  probes[p].values + group * group_coordinates, group_coordinates);
}

// Asks for the next tile, too, where there is one.
ROLLCALL_AVX512 void take_apart(const std::uint8_t* tile, const std::uint8_t* next, std::size_t groups,
                                reference_tiles& into) {
  const __m512i low_half = _mm512_set1_epi8(15);
  for (std::size_t group = 0; group < groups; ++group)
    for (std::size_t line = 0; line < tile_lines; ++line) {
      const auto at = group * group_bytes + line * 64;
      if (next != nullptr)
        __builtin_prefetch(next + at, 0, 2);
      const __m512i both = _mm512_load_si512(tile + at);
      auto* const rows = into.codes[group / step_groups][line][group % step_groups * 2];
      _mm512_store_si512(rows, _mm512_and_si512(both, low_half));
      _mm512_store_si512(rows + amx_bytes, _mm512_and_si512(_mm512_srli_epi16(both, 4), low_half));
    }
}

// Registers 0 to 3 hold sums, one for each line; 4 the probes, 5 the references of a line.
template <class Tiles>
ROLLCALL_BOTH void multiply(Tiles& tiles, const probe_tiles& probes, const reference_tiles& references,
                            std::size_t steps, product_tiles& into) {
  tiles.template zero<0>();
  tiles.template zero<1>();
  tiles.template zero<2>();
  tiles.template zero<3>();
  for (std::size_t step = 0; step < steps; ++step) {
    const auto& codes = references.codes[step];
    tiles.template load<4>(probes.values[step], amx_bytes);
    tiles.template load<5>(codes[0], amx_bytes);
    tiles.template add_products<0, 4, 5>();
    tiles.template load<6>(codes[1], amx_bytes);
    tiles.template add_products<1, 4, 6>();
    tiles.template load<5>(codes[2], amx_bytes);
    tiles.template add_products<2, 4, 5>();
    tiles.template load<6>(codes[3], amx_bytes);
    tiles.template add_products<3, 4, 6>();
  }
  constexpr auto stride = sizeof into.sums[0];
  tiles.template store<0>(into.sums[0], stride);
  tiles.template store<1>(into.sums[0] + 16, stride);
  tiles.template store<2>(into.sums[0] + 32, stride);
  tiles.template store<3>(into.sums[0] + 48, stride);
}

amx_shapes shapes_for(std::size_t probes) {
  amx_shapes shapes;
  for (const std::size_t tile : {0U, 1U, 2U, 3U, 4U})
    shapes.set(tile, probes, amx_bytes);
  for (const std::size_t tile : {5U, 6U})
    shapes.set(tile, amx_rows, amx_bytes);
  return shapes;
}

// The number of entries that it filled.
ROLLCALL_AVX512 std::size_t settle(const product_tiles& products, const tile_run& run, std::size_t at, bool all_rise,
                                   std::span<const scan_probe> probes, tile_bounds* into) {
  const auto losses = largest_losses(run, at, all_rise);
  std::size_t filled = 0;
  for (std::size_t p = 0; p < probes.size(); ++p) {
    __m512i sums[tile_lines];
    for (std::size_t line = 0; line < tile_lines; ++line)
      sums[line] = _mm512_load_si512(products.sums[p] + line * 16);
    if (!is_in_question(sums, losses, probes[p]))
      continue;
    into[filled].tile = at;
    into[filled].probe = p;
    filled += bound(sums, run.losses + at * tile_rows, probes[p], into[filled]) != 0 ? 1 : 0;
  }
  return filled;
}

template <class Tiles>
ROLLCALL_BOTH scan_progress scan_by(Tiles tiles, const tile_run& run, std::size_t first,
                                    std::span<const scan_probe> probes, std::span<tile_bounds> into) {
  if (probes.size() < few_probes || run.groups > most_steps * step_groups || run.bits != 4)
    return scan_avx512_vnni(run, first, probes, into);
  const bool all_rise = std::all_of(probes.begin(), probes.end(), bounds_rise);
  const auto steps = (run.groups + step_groups - 1) / step_groups;
  probe_tiles values;
  pack(probes, run.groups, values);
  reference_tiles references;
  std::memset(references.codes[steps - 1], 0, sizeof references.codes[0]);
  tiles.configure(shapes_for(probes.size()));
  std::size_t filled = 0;
  std::size_t at = first;
  product_tiles products;
  for (; at < run.count && filled + probes.size() <= into.size(); ++at) {
    const auto* codes = run.codes + at * run.groups * group_bytes;
    take_apart(codes, at + 1 < run.count ? codes + run.groups * group_bytes : run.then, run.groups, references);
    multiply(tiles, values, references, steps, products);
    filled += settle(products, run, at, all_rise, probes, into.data() + filled);
  }
  tiles.release();
  return {at, filled};
}

} // namespace

ROLLCALL_BOTH scan_progress scan_amx_int8(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                          std::span<tile_bounds> into) {
  return scan_by(amx_of_processor{}, run, first, probes, into);
}

ROLLCALL_BOTH scan_progress scan_amx_by_hand(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                             std::span<tile_bounds> into) {
  return scan_by(amx_by_hand{}, run, first, probes, into);
}

// The kernel lets a process use the registers when it asks. Source: Linux, Documentation/arch/x86/xstate.rst.
bool is_amx_allowed() noexcept {
  constexpr unsigned tile = 1U << 24U;
  constexpr unsigned int8 = 1U << 25U;
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (d & tile) == 0 || (d & int8) == 0)
    return false;
  constexpr long request = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr long tile_data = 18;   // XFEATURE_XTILEDATA
  return ::syscall(SYS_arch_prctl, request, tile_data) == 0;
}

} // namespace rollcall::shard

#undef ROLLCALL_BOTH

#endif
