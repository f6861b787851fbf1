/// The whole record in one file, and back: into an empty store, of either database, with other partitions if wanted.
/// The format is drawn in docs/decisions/0011-backup.md. Used by the command line, one thread; everything blocks.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace rollcall::store {

struct backup_place {
  std::string uri;                ///< of PostgreSQL; empty: SQLite in `data_dir`
  std::filesystem::path data_dir; ///< of a node on SQLite: its database and `secrets.key`
  std::filesystem::path key_file; ///< that of a cluster's nodes; empty: `secrets.key` in `data_dir`
};

struct backup_summary {
  core::wall_time taken{};
  std::uint64_t collections = 0;
  std::uint64_t faces = 0;
  std::uint64_t users = 0;
  std::uint64_t keys = 0;
  std::uint64_t decisions = 0;
  std::uint64_t bytes = 0; ///< of the file
};

/// Called now and then with what is done so far.
using backup_watcher = std::function<void(const backup_summary&)>;

/// Writes one state of the store to `to`, while nodes may go on reading and writing it. Memory: one block of rows.
/// Errors: `not_found` (no store there), `unsupported` (its schema is another program's), `storage_full` (`to` failed),
/// and the database's.
[[nodiscard]] core::result<backup_summary> write_backup(const backup_place& from, std::ostream& to,
                                                        const backup_watcher& watch);

/// Reads a backup to its end. Errors: `corrupt` (not a backup, damaged or cut off), `unsupported` (a newer format).
[[nodiscard]] core::result<backup_summary> verify_backup(std::istream& from, const backup_watcher& watch);

/// Verifies `from`, which must be able to go back to its beginning, then stores all of it in one transaction.
/// `partitions`: a power of two in 1 … 65,536, of each collection; none: as they were.
/// Errors: those of `verify_backup`; `invalid_argument` (partitions), `conflict` (the store is not empty, or nodes are
/// at work on it), `invalid_config` or `corrupt` (`secrets.key` is missing or another's), and the database's. Nothing
/// is stored then, but with `outcome_unknown`.
[[nodiscard]] core::result<backup_summary> restore_backup(const backup_place& to, std::istream& from,
                                                          std::optional<std::uint32_t> partitions,
                                                          const backup_watcher& watch);

} // namespace rollcall::store
