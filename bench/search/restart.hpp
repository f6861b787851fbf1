/// How long a node takes from its own snapshots to the first answer.
#pragma once

#include "bench/search/population.hpp"

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// Writes the population, in partitions of at most 250,000 faces, as snapshots into a directory of its own, which it
/// removes again; then, the page cache warm, times from opening them to the first answer over all. Prints, and puts
/// into `report`: `restart_s` (median), `restart_first_search_ms`, `snapshot_bytes_per_face`.
void measure_restart(population all, boost::json::object& report);

} // namespace rollcall::bench
