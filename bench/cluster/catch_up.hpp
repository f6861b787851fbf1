/// How fast a node of a cluster comes to hold what it is to hold: real nodes, a real PostgreSQL, all on this machine.
#pragma once

#include <cstddef>

namespace rollcall::bench {

/// Faces a second, from the beginning of each partition's load until it has followed the mutations.
struct catch_up_figures {
  double from_store = 0; ///< row by row
  double from_peer = 0;  ///< another node's snapshots, over links with keys; median of some loads
  double from_peer_least = 0;
  double from_disk = 0; ///< the node's own snapshot
};

/// `faces` of 512 dimensions in four partitions. Throws std::runtime_error.
[[nodiscard]] catch_up_figures measure_catch_up(std::size_t faces);

} // namespace rollcall::bench
