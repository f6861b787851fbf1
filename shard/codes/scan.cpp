// Compiled with -ffp-contract=off (CMakeLists.txt), as are the kernels: all give the same bounds.
#include "shard/codes/scan.hpp"

#include "core/assert.hpp"
#include "core/log.hpp"
#include "shard/codes/scan_kernels.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <random>

namespace rollcall::shard {

namespace {

constexpr std::array all_scan_kernels{scan_kernel::portable, scan_kernel::avx2, scan_kernel::avx512_vnni,
                                      scan_kernel::amx_int8};

#if defined(__x86_64__)

// Few have seen it run: a processor on which it differs goes without.
bool is_amx_right() {
  const bool is_right = agrees_with_portable(scan_amx_int8);
  if (!is_right)
    core::log(core::log_level::warning, "shard", "AMX gives other sums than it should: searches go without it");
  return is_right;
}

#endif

bool is_available(scan_kernel which) {
#if defined(__x86_64__)
  switch (which) {
    case scan_kernel::portable:
      return true;
    case scan_kernel::avx2:
      return __builtin_cpu_supports("avx2") != 0;
    case scan_kernel::avx512_vnni:
      return __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
    case scan_kernel::amx_int8:
      static const bool is_there = is_available(scan_kernel::avx512_vnni) && is_amx_allowed() && is_amx_right();
      return is_there;
  }
#endif
  return which == scan_kernel::portable;
}

struct functions {
  scan_function scan;
  byte_sum_function byte_sum;
};

functions functions_of(scan_kernel which) {
#if defined(__x86_64__)
  if (which == scan_kernel::amx_int8)
    return {scan_amx_int8, byte_sum_avx512_vnni};
  if (which == scan_kernel::avx512_vnni)
    return {scan_avx512_vnni, byte_sum_avx512_vnni};
  if (which == scan_kernel::avx2)
    return {scan_avx2, byte_sum_avx2};
#endif
  ROLLCALL_ASSERT(which == scan_kernel::portable);
  return {scan_portable, byte_sum_portable};
}

std::int32_t sum_of(const std::uint8_t* tile, const tile_run& run, std::size_t row, const std::int8_t* values) {
  const auto most = (1 << run.bits) - 1;
  std::int32_t sum = 0;
  for (std::size_t group = 0; group < run.groups; ++group)
    for (unsigned shift = 0; shift < 8; shift += run.bits, values += group_row_bytes)
      for (std::size_t b = 0; b < group_row_bytes; ++b)
        sum += (tile[group * group_bytes + row * group_row_bytes + b] >> shift & most) * values[b];
  return sum;
}

void bound(const tile_run& run, std::size_t at, const scan_probe& probe, tile_bounds& into) {
  const auto* tile = run.codes + at * run.groups * group_bytes;
  const auto* losses = run.losses + at * tile_rows;
  into.admitted = 0;
  into.tile = at;
  for (std::size_t row = 0; row < tile_rows; ++row) {
    const auto sum = static_cast<float>(sum_of(tile, run, row, probe.values));
    const float bound = sum * probe.per_sum + static_cast<float>(losses[row]) * probe.per_loss;
    into.bounds[row] = bound;
    if (bound >= probe.lowest || losses[row] == any_loss)
      into.admitted |= std::uint64_t{1} << row;
  }
}

} // namespace

std::string_view name_of(scan_kernel which) noexcept {
  constexpr std::array<std::string_view, all_scan_kernels.size()> names{"portable", "avx2", "avx512_vnni", "amx_int8"};
  return names[static_cast<std::size_t>(which)];
}

std::vector<scan_kernel> available_scan_kernels() {
  std::vector<scan_kernel> found;
  for (const auto which : all_scan_kernels)
    if (is_available(which))
      found.push_back(which);
  return found;
}

scan_kernel best_scan_kernel() noexcept {
  static const scan_kernel best = available_scan_kernels().back();
  return best;
}

std::size_t probes_at_once(scan_kernel which) noexcept {
  switch (which) {
    case scan_kernel::avx2:
      return probes_at_once_avx2;
    case scan_kernel::avx512_vnni:
      return probes_at_once_avx512;
    default:
      return probes_per_scan;
  }
}

namespace {

// For each lane of 16 bits, which gathers two bytes of either half, what the sums of a group may add and take away.
bool fits_16_bits(std::span<const std::int8_t> values) {
  constexpr int most_code = 15;
  std::array<int, 2> most{};
  std::array<int, 2> least{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const int most_product = most_code * values[i];
    auto& of = most_product > 0 ? most : least;
    of[i / 2 % 2] += most_product;
  }
  return std::max(most[0], most[1]) <= std::numeric_limits<std::int16_t>::max()
         && std::min(least[0], least[1]) >= std::numeric_limits<std::int16_t>::min();
}

} // namespace

std::size_t groups_in_16_bits(std::span<const std::int8_t> values) {
  constexpr std::size_t always = 4;
  ROLLCALL_ASSERT(values.size() % group_coordinates == 0);
  const auto groups = values.size() / group_coordinates;
  const auto fit = [&](std::size_t at_once) {
    for (std::size_t first = 0; first < groups; first += at_once)
      if (!fits_16_bits(
              values.subspan(first * group_coordinates, std::min(at_once, groups - first) * group_coordinates)))
        return false;
    return true;
  };
  for (std::size_t parts = 1; (groups + parts - 1) / parts > always; ++parts)
    if (const auto at_once = (groups + parts - 1) / parts; fit(at_once))
      return at_once;
  return always;
}

void scan_portable(const tile_run& run, std::span<const scan_probe> probes, tile_taker take) {
  tile_bounds found;
  for (std::size_t at = 0; at < run.count; ++at)
    for (std::size_t p = 0; p < probes.size(); ++p) {
      bound(run, at, probes[p], found);
      found.probe = p;
      if (found.admitted != 0)
        take(found);
    }
}

std::vector<tile_bounds> found_by(scan_function scan, const tile_run& run, std::span<const scan_probe> probes) {
  std::vector<tile_bounds> all;
  const auto take = [&all](const tile_bounds& found) { all.push_back(found); };
  scan(run, probes, tile_taker{take});
  return all;
}

bool agrees_with_portable(scan_function scan) {
  constexpr std::size_t groups = 19;
  constexpr std::size_t tiles = 3;
  std::minstd_rand random{1};
  const auto byte = [&random] { return static_cast<std::uint8_t>(random() >> 8U); };
  aligned_bytes codes;
  aligned_bytes losses;
  codes.resize(tiles * groups * group_bytes);
  losses.resize(tiles * tile_rows);
  std::generate_n(codes.data(), codes.size(), byte);
  std::generate_n(losses.data(), losses.size(), byte);
  std::vector<std::int8_t> values(probes_per_scan * groups * group_coordinates);
  std::generate(values.begin(), values.end(), [&] { return static_cast<std::int8_t>(byte()); });
  std::vector<scan_probe> probes;
  for (std::size_t p = 0; p < probes_per_scan; ++p)
    probes.push_back({values.data() + p * groups * group_coordinates, 0.013F, 0.0021F, -1e9F});
  const tile_run run{codes.data(), losses.data(), tiles, groups};
  return found_by(scan, run, probes) == found_by(scan_portable, run, probes);
}

void scan_tiles(const tile_run& run, std::span<const scan_probe> probes, tile_taker take, scan_kernel which) {
  ROLLCALL_ASSERT(!probes.empty() && probes.size() <= probes_at_once(which));
  ROLLCALL_ASSERT(which <= best_scan_kernel());
  functions_of(which).scan(run, probes, take);
}

std::int32_t byte_sum_portable(const std::uint8_t* codes, const std::int8_t* values, std::size_t count) {
  std::int32_t sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += codes[i] * values[i];
  return sum;
}

std::int32_t byte_sum(std::span<const std::uint8_t> codes, std::span<const std::int8_t> values, scan_kernel which) {
  ROLLCALL_ASSERT(codes.size() == values.size() && codes.size() % group_coordinates == 0);
  return functions_of(which).byte_sum(codes.data(), values.data(), codes.size());
}

} // namespace rollcall::shard
