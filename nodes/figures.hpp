/// What a node of a cluster tells operators of its work, with each heartbeat: `rollcall cluster top` makes rates of two
/// of them. Any thread.
#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "nodes/prometheus_metrics.hpp"

#include <string>

namespace rollcall::nodes {

/// A JSON object, all of it since the start of the process: `up_ms`; `requests` answered, `failed` of them with an
/// error, `refused` for load; `seconds`, the times of requests as pairs of a bucket's upper end (null: none) and how
/// many lie in it. And as it is now: requests `in_flight`; `searches`, `pictures` and `store` (reads and writes) that
/// run or wait; `loads`, the replicas that are being loaded: `collection` (its key), `partition`, `source`, `rows` of
/// `rows_wanted` (0: not known), `rows_per_s`, `left_ms` (0: not known); `held`, the collections that take most memory
/// here, most first: `collection` (its key), `partitions`, `references`, `bytes` by part
/// (shard/memory/memory_parts.hpp); `recall` of approximate searches (shard::recall_estimate), where it is known.
[[nodiscard]] std::string figures_of(const prometheus_metrics& metrics, core::steady_time::duration up,
                                     const actors::shard_work& work);

inline constexpr std::size_t most_collections_told = 32;

} // namespace rollcall::nodes
