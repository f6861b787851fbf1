/// How long a node takes from its own snapshots to the first answer, and what it needs then.
#pragma once

#include "bench/search/population.hpp"

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// Writes `n` faces, in partitions of at most 1,250,000, as snapshots into a directory of its own, which it removes
/// again; then, the page cache warm, times from opening them to the first answer over all, as a SHARD that leaves
/// references in files does it; then makes lists of each partition. Prints, and puts into `report`: `restart_s`
/// (median), `restart_first_search_ms`, `snapshot_bytes_per_face`, `ram_bytes_per_face` (memory of the process's own,
/// files aside, after the searches), `exact_in_files_p50_ms` (one probe, all threads of the machine, while codes lie in
/// the files), `settle_s` (until upkeep has brought them into memory), `exact_p50_ms` (then); `lists_build_s` and
/// `lists_rows`: by how many lists of each partition are looked at, on one core, times of mated probes and the share of
/// the mates kept, of those that are nearest in the exact search.
void measure_restart(std::size_t n, boost::json::object& report);

} // namespace rollcall::bench
