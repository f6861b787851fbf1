/// Searches of one big partition while faces are enrolled and deleted, at the shard's own interface.
#pragma once

#include "bench/search/population.hpp"

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// One thread searches, one probe after the other; another applies 500 enrolments a second, each alone, with upkeep in
/// between, then as many deletions. Prints, and puts into `report`: `writes_share_kept` (of the read-only probes a
/// second), `writes_p99_ratio`, `writes_per_s` (reached), `writes_found_share` (of the enrolled that were looked for at
/// once, those found), `enrol_p99_ms` and `delete_p99_ms` (under search), `delete_alone_p99_ms`.
void measure_writes(const population& all, boost::json::object& report);

} // namespace rollcall::bench
