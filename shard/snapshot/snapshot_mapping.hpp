/// Partitions whose references lie in the file of a snapshot: what is scanned is checked at once, what is compared when
/// it is read. Blocks on the disk: not for the actor scheduler.
#pragma once

#include "shard/gallery.hpp"
#include "shard/snapshot/snapshot_directory.hpp"

namespace rollcall::shard {

/// Some blocks of a snapshot where they lie: their scanned parts are read and checked. Any thread, and several at a
/// time. Errors: `corrupt`. Preconditions: as of snapshot_contents::block.
[[nodiscard]] core::result<std::vector<reference_block>> map_blocks(const snapshot_contents& contents,
                                                                    std::span<const std::size_t> numbers,
                                                                    const std::shared_ptr<const file_mapping>& in);

/// What the gallery holds of the partition, and `written` was written from, lies in that snapshot from now on, and none
/// of it in an older one: so an old file can leave the disk. Holds changes of the partition up for a block at a time.
/// What changed meanwhile stays in memory. Errors: `corrupt`, `over_budget`, `conflict` (the partition was loaded anew,
/// or dropped); some of it is moved then. One caller at a time for a partition.
[[nodiscard]] core::status move_to_snapshot(gallery& held, const snapshot_identity& of, const written_snapshot& written,
                                            const snapshot_file& file);

/// Reads what a snapshot says of itself. Errors: `corrupt`, `unsupported`, `conflict`.
[[nodiscard]] core::result<snapshot_contents> read_contents(const snapshot_file& file, const snapshot_identity& of);

} // namespace rollcall::shard
