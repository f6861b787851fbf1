/// What a scatter over shard processes costs that answer at once with prepared hits, over the real links with keys:
/// serialisation, transport, actors and the merge; nothing is searched. Beside it the same messages by ZeroMQ alone.
#pragma once

#include "bench/figures.hpp"

namespace rollcall::bench {

struct scatter_settings {
  std::uint32_t shards = 4;
  std::size_t k = 100; ///< hits that each answers with
  std::size_t rounds = 7;
  double seconds = 1; ///< of each figure, each round
};

struct scatter_figures {
  figure one, many; ///< scatters, 1 and 64 under way
  figure bare_one, bare_many;
  double front_us = 0; ///< of a processor, for each request to a node, with 64 scatters under way
  double node_us = 0;  ///< likewise, of the node
};

/// Before the process's first thread. Throws std::runtime_error.
[[nodiscard]] scatter_figures measure_scatter(const scatter_settings& settings);

} // namespace rollcall::bench
