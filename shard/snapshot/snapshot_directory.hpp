/// The snapshots that a node keeps on its own disk, a file for each partition. Blocks on the disk; each partition's
/// calls come from one thread at a time, but for `open`.
#pragma once

#include "shard/snapshot/snapshot_writer.hpp"

#include <functional>
#include <utility>

namespace rollcall::shard {

/// A snapshot's bytes, as they were when it was opened, whatever takes its place. Any thread.
class snapshot_file {
public:
  snapshot_file(int descriptor, std::uint64_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
  ~snapshot_file();
  snapshot_file(const snapshot_file&) = delete;
  snapshot_file& operator=(const snapshot_file&) = delete;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  /// Errors: `corrupt` (it ends before, or the disk does not give it).
  [[nodiscard]] core::result<core::shared_bytes> read(const byte_range& at) const;
  /// All of it in memory; what is read from now on is read alone, without what lies around it. Errors: `over_budget`.
  [[nodiscard]] core::result<std::shared_ptr<const file_mapping>> map() const;

private:
  int descriptor_;
  std::uint64_t bytes_;
};

class snapshot_directory {
public:
  using key = std::pair<core::collection_key, std::uint32_t>;

  /// Makes the directory (mode 0700) where it is missing, and removes what an earlier process left half-written.
  /// `on` outlives it. Errors: `storage_full`.
  [[nodiscard]] static core::result<snapshot_directory> make(std::filesystem::path at, disk& on = local_disk());

  /// Writes a snapshot that takes the old one's place, at once or not at all, whenever this process or the machine
  /// ends. `remember` is called with its digest when it is whole and safe, before it takes the place; an error of it
  /// leaves the old one. Errors: those of write_snapshot, of the disk, of `remember`.
  [[nodiscard]] core::result<written_snapshot>
  write(const partition_reader& from, const snapshot_identity& of,
        const std::function<core::status(const core::sha256_digest&)>& remember, const std::stop_token& stop = {});
  /// Errors: `not_found`, `corrupt` (it can't be read).
  [[nodiscard]] core::result<std::shared_ptr<const snapshot_file>> open(const key& of) const;
  /// The digest that the snapshot says of itself; none where there is no such file.
  [[nodiscard]] std::optional<core::sha256_digest> digest(const key& of) const;
  /// Without effect where there is none. Errors: those of the disk.
  [[nodiscard]] core::status remove(const key& of);
  /// Those that have a file, by collection, partition.
  [[nodiscard]] std::vector<key> list() const;

private:
  snapshot_directory(std::filesystem::path at, disk& on) : at_(std::move(at)), disk_(&on) {}
  [[nodiscard]] std::filesystem::path path_of(const key& of) const;

  std::filesystem::path at_;
  disk* disk_;
};

} // namespace rollcall::shard
