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

/// All `probes`, at most probes_at_once(), over one run of tiles. `views` is room for how the kernel sees them, which
/// one run after the other may use.
void scan_run(const tile_run& run, const scanned_rows& which, std::span<probe_scan* const> probes,
              std::vector<scan_probe>& views);

} // namespace rollcall::shard
