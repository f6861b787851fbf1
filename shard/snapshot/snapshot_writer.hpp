/// Writes a partition's references as a snapshot (snapshot.hpp) while the partition is searched and changed. Blocks on
/// the disk: not for the actor scheduler.
#pragma once

#include "shard/partition_reader.hpp"
#include "shard/snapshot/disk.hpp"
#include "shard/snapshot/snapshot.hpp"

#include <stop_token>

namespace rollcall::shard {

struct written_snapshot {
  core::sha256_digest digest{};
  partition_state state; ///< of the partition when the writing began
  std::uint64_t rows = 0;
  std::uint64_t bytes = 0;
  std::vector<moved_block> blocks; ///< where the rows of each block came from; `in_file` has its kind alone
};

/// Writes and syncs. Takes two blocks, and 88 bytes for each block, of memory; holds changes of the partition up for a
/// block's copying at a time. The header is written last: before, the file is no snapshot. Errors: `conflict` (the
/// partition is loading, was loaded anew meanwhile, or dropped), `unavailable` (stopped), those of the disk.
[[nodiscard]] core::result<written_snapshot> write_snapshot(const partition_reader& from, const snapshot_identity& of,
                                                            output_file& into, const std::stop_token& stop = {});

} // namespace rollcall::shard
