/// How long a node takes from its own snapshots to the first answer, and what it needs then.
#pragma once

#include "bench/search/population.hpp"

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// Writes `n` faces, in partitions of at most 1,250,000, as snapshots into a directory of its own, which it removes
/// again; then, the page cache warm, times from opening them to the first answer over all, as a SHARD that leaves
/// references in files does it. Partitions of a size are the same faces. Prints, and puts into `report`: `restart_s`
/// (median), `restart_first_search_ms`, `snapshot_bytes_per_face`, `ram_bytes_per_face` (memory of the process's own,
/// files aside, after the searches), `exact_p50_ms` (one probe, all threads of the machine).
void measure_restart(std::size_t n, boost::json::object& report);

} // namespace rollcall::bench
