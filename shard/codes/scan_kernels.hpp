/// The scans by instruction set, behind scan.hpp. Inside shard/ only.
#pragma once

#include "shard/codes/scan.hpp"

#include <algorithm>

namespace rollcall::shard {

/// As `scan_tiles`; the caller has checked that the processor has the instructions.
using scan_function = void (*)(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);

using byte_sum_function = std::int32_t (*)(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);

std::int32_t byte_sum_portable(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
void scan_portable(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);
/// All that a scan gives.
[[nodiscard]] std::vector<tile_bounds> found_by(scan_function scan, const tile_run& run,
                                                std::span<const scan_probe> probes);
/// Whether it gives what the portable scan gives, for as many probes as share a pass, over some tiles.
[[nodiscard]] bool agrees_with_portable(scan_function scan);
/// Whether a probe's bounds rise with sums and with losses.
[[nodiscard]] inline bool bounds_rise(const scan_probe& probe) noexcept {
  return probe.per_sum >= 0 && probe.per_loss >= 0;
}

/// The codes to ask memory for while tile `at` is scanned: those that are read a run later where that is known, else a
/// tile later; null: nobody knows.
[[nodiscard]] inline const std::uint8_t* asked_with(const tile_run& run, std::size_t at) noexcept {
  const auto bytes = run.groups * group_bytes;
  if (run.then != nullptr)
    return run.then + std::min(at, run.then_count - 1) * bytes;
  return at + 1 < run.count ? run.codes + (at + 1) * bytes : nullptr;
}

/// As many as its sums have room for.
inline constexpr std::size_t probes_at_once_avx2 = 16;
/// A tile comes from memory while the one before is multiplied: that takes as long for so many.
inline constexpr std::size_t probes_at_once_avx512 = 8;

#if defined(__x86_64__)
std::int32_t byte_sum_avx2(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
std::int32_t byte_sum_avx512_vnni(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
void scan_avx2(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);
void scan_avx512_vnni(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);
void scan_amx_int8(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);
/// The same with AMX's registers in plain memory: slow, and for any processor that has the rest.
void scan_amx_by_hand(const tile_run& run, std::span<const scan_probe> probes, tile_taker take);
/// Whether the processor has AMX, and this process may use it from now on.
[[nodiscard]] bool is_amx_allowed() noexcept;
#endif

} // namespace rollcall::shard
