/// What a node of a cluster tells operators of its work, with each heartbeat: `rollcall cluster top` makes rates of two
/// of them. Any thread.
#pragma once

#include "core/clock.hpp"
#include "nodes/prometheus_metrics.hpp"

#include <string>

namespace rollcall::nodes {

/// A JSON object, all of it since the start of the process: `up_ms`; `requests` answered, `failed` of them with an
/// error, `refused` for load; `seconds`, the times of requests as pairs of a bucket's upper end (null: none) and how
/// many lie in it. And as it is now: requests `in_flight`; `searches`, `pictures` and `store` (reads and writes) that
/// run or wait.
[[nodiscard]] std::string figures_of(const prometheus_metrics& metrics, core::steady_time::duration up);

} // namespace rollcall::nodes
