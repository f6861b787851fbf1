/// The scans by instruction set, behind scan.hpp. Inside shard/ only.
#pragma once

#include "shard/scan.hpp"

namespace rollcall::shard {

/// As `scan_tiles`; the caller has checked that the processor has the instructions.
using scan_function = scan_progress (*)(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                                        std::span<tile_bounds> into);

using byte_sum_function = std::int32_t (*)(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);

std::int32_t byte_sum_portable(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
scan_progress scan_portable(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                            std::span<tile_bounds> into);
/// As many as stay in registers with their sums.
inline constexpr std::size_t probes_at_once_avx512 = 4;
#if defined(__x86_64__)
std::int32_t byte_sum_avx2(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
std::int32_t byte_sum_avx512_vnni(const std::uint8_t* codes, const std::int8_t* values, std::size_t count);
scan_progress scan_avx2(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                        std::span<tile_bounds> into);
scan_progress scan_avx512_vnni(const tile_run& run, std::size_t first, std::span<const scan_probe> probes,
                               std::span<tile_bounds> into);
#endif

} // namespace rollcall::shard
