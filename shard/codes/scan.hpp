/// The scan over codes: finds the tiles of which a reference may enter a result. Pure; any thread.
#pragma once

#include "shard/codes/code_tiles.hpp"

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace rollcall::shard {

/// The instruction sets with a scan of their own. All admit the same references, with the same bounds bit by bit.
enum class scan_kernel { portable, avx2, avx512_vnni, amx_int8 };

[[nodiscard]] std::string_view name_of(scan_kernel which) noexcept;

/// Those that this processor runs, slowest first.
[[nodiscard]] std::vector<scan_kernel> available_scan_kernels();

/// The fastest that this processor runs; found once.
[[nodiscard]] scan_kernel best_scan_kernel() noexcept;

/// Probes that share a pass over a tile, at most, and as many as the kernel makes the best of.
inline constexpr std::size_t probes_per_scan = 112;
[[nodiscard]] std::size_t probes_at_once(scan_kernel which = best_scan_kernel()) noexcept;

/// Groups whose sums of products, of any codes with these values, stay within 16 bits, begun at any multiple of them;
/// at least 4, which always do. Groups of 2 bits a coordinate do where so many of 4 bits do. Precondition (asserted):
/// values.size() is a multiple of 8.
[[nodiscard]] std::size_t groups_in_16_bits(std::span<const std::int8_t> values);

/// A probe as the scan reads it; `values` as coded_probe's, for all coordinates of a run's groups.
struct scan_probe {
  const std::int8_t* values = nullptr;
  float per_sum = 0;
  float per_loss = 0;
  float lowest = 0;               ///< references with a bound of at least this are admitted, and all with `any_loss`
  std::size_t groups_at_once = 4; ///< at most groups_in_16_bits of the values
};

/// One probe's view of one tile. Bounds are float(sum) × per_sum + float(loss) × per_loss, each operation rounded.
struct tile_bounds {
  std::uint64_t admitted = 0; ///< bit r: reference r
  std::size_t tile = 0;       ///< of the run
  std::size_t probe = 0;      ///< of those that were scanned for
  alignas(64) std::array<float, tile_rows> bounds{};

  friend bool operator==(const tile_bounds&, const tile_bounds&) = default;
};

/// What takes the tiles that a scan finds, one at a time: a view of a function of `const tile_bounds&`, which is valid
/// during the call.
class tile_taker {
public:
  template <class Take>
  explicit tile_taker(const Take& take) noexcept
      : take_(&take), call_([](const void* by, const tile_bounds& found) { (*static_cast<const Take*>(by))(found); }) {}
  void operator()(const tile_bounds& found) const { call_(take_, found); }

private:
  const void* take_;
  void (*call_)(const void* by, const tile_bounds& found);
};

/// Gives `take` every tile with every probe that it admits a reference for, by tiles, then by probes. `take` may raise
/// the probes' thresholds: what is looked at later is admitted by these. Throws what it throws.
/// Preconditions (asserted): 1 ≤ probes.size() ≤ probes_at_once(which), `which` is available.
void scan_tiles(const tile_run& run, std::span<const scan_probe> probes, tile_taker take,
                scan_kernel which = best_scan_kernel());

/// Σ codes[i] × values[i], exact. Precondition (asserted): same size, a multiple of 8.
[[nodiscard]] std::int32_t byte_sum(std::span<const std::uint8_t> codes, std::span<const std::int8_t> values,
                                    scan_kernel which = best_scan_kernel());

} // namespace rollcall::shard
