/// The scatter over real shards: processes that hold a partition of synthetic faces each, against one SHARD of the
/// asking process that holds all of them, with the same probes; and what it brings that probes share passes.
#pragma once

#include "bench/figures.hpp"

namespace rollcall::bench {

struct real_shard_settings {
  std::uint32_t shards = 4;
  std::size_t faces = 50'000; ///< of each
  std::size_t rounds = 7;
  double seconds = 1; ///< of each figure, each round
};

struct real_shard_figures {
  std::size_t faces = 0;        ///< of all shards
  std::size_t compared = 0;     ///< probes that were asked of both
  std::size_t different = 0;    ///< whose answers were not the same, or not complete and proved
  figure one, many;             ///< 1 and 64 probes under way, over the processes
  figure local_one, local_many; ///< in the asking process, with as many threads as processors
  figure alone_one, alone_many; ///< over the processes, no probe with another in a pass
  double face_ns = 0;           ///< of a processor, for each face and probe, 64 under way
  double face_bytes = 0;        ///< of memory
};

/// Before the process's first thread. Throws std::runtime_error.
[[nodiscard]] real_shard_figures measure_real_shards(const real_shard_settings& settings);

} // namespace rollcall::bench
