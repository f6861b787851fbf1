/// What a query over ZeroMQ costs beyond its search, on loopback, with keys.
#pragma once

#include "core/result.hpp"

#include <cstddef>

namespace rollcall::bench {

struct zmq_latency {
  double whole_p50_ms = 0; ///< from the send of an embedding to its hits
  double whole_p99_ms = 0;
  double added_p50_ms = 0; ///< beyond what the node says that the search itself took
};

/// Starts a node of its own with `faces` random faces; asks `queries` times, one after another. Blocks for some
/// seconds.
[[nodiscard]] core::result<zmq_latency> measure_zmq(std::size_t faces, std::size_t queries);

} // namespace rollcall::bench
