/// One probe on its way over tiles of codes. Used by one thread of a search.
#pragma once

#include "shard/candidates.hpp"
#include "shard/codes/scan.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <vector>

namespace rollcall::shard {

struct probe_scan {
  coded_probe coded;
  candidates found;
  std::atomic<float>* lowest; ///< cosine that is of use, as far as any thread of the search knows

  /// Tells the other threads what this one knows, and learns what they do.
  void share_lowest() noexcept;
};

/// Which rows the tiles of a run are: `first_row` and those after it, or, where it says so, `rows`.
struct scanned_rows {
  std::size_t count = 0; ///< of the run's
  std::size_t first_row = 0;
  std::size_t from = 0;                ///< rows before it are left out
  const std::uint32_t* rows = nullptr; ///< by place in the run
};

/// What scans of at most so many probes need, one after the other: how the kernel sees them, and room for what it finds
/// before thresholds rise.
struct scan_room {
  explicit scan_room(std::size_t most_probes);

  std::vector<scan_probe> views;
  std::vector<tile_bounds> bounds;
};

/// All `probes`, at most probes_at_once() and as many as there is room for, over one run of tiles. Thresholds rise
/// between the calls of the kernel.
void scan_run(const tile_run& run, const scanned_rows& which, std::span<probe_scan* const> probes, scan_room& room);

} // namespace rollcall::shard
