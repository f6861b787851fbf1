/// What a cluster of real processes does when one of its shards is gone: three shards and a front that is searched
/// without a pause. Blocks; one caller.
#pragma once

#include <cstddef>
#include <vector>

namespace rollcall::bench {

/// One value a round. `*_ms`: the slowest of the searches that ran while it happened and in the seconds after, from its
/// request to a complete and current answer.
struct failover_figures {
  std::vector<double> calm_ms;
  std::vector<double> kill_ms;
  std::vector<double> silent_ms; ///< the way to the shard takes everything and hands nothing on
  std::size_t searches = 0;
  std::size_t failed = 0;
  std::size_t wrong = 0;       ///< answers that lacked a face, or called themselves current or complete and were not
  double idle_cpu_percent = 0; ///< of the busiest node, of one processor, while nothing is asked
};

/// Throws std::runtime_error where the cluster does not come up or back.
[[nodiscard]] failover_figures measure_failover(std::size_t rounds);

} // namespace rollcall::bench
