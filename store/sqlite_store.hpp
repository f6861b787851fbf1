/// The system of record on an embedded SQLite database in a data directory: the default of a node. One process at a
/// time. Made in `nodes/` or a test, owned by the STORE actor.
#pragma once

#include "store/settings.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <memory>

namespace rollcall::store {

/// Defaults suit a node; tests narrow them.
struct sqlite_settings : common_settings {
  std::size_t readers = 4;                     ///< connections for reads, ≥ 1; each serves one call at a time
  std::chrono::milliseconds patience{5000};    ///< longest wait for a connection or a lock; then `unavailable`
  std::chrono::milliseconds scrub_after{1000}; ///< ≥ 1; a deletion's bytes leave the log file this much later
  std::uint64_t max_database_pages = 0;        ///< of 8 KiB; 0: as the disk allows
};

/// Opens the store in `data_dir`, which is made (mode 0700) where it does not exist; brings an older schema up to date.
/// Files: `rollcall.db` with its `-wal` and `-shm`, `secrets.key`, `lock`, all of mode 0600. Blocks.
/// Errors: `conflict` (another process uses the directory; the message says which), `storage_full` (full or not
/// writable), `unsupported` (written by a newer program), `corrupt` (not a database, damaged, or the key file is
/// missing or another's), `invalid_config` (the key file is open to others; a setting is out of range).
[[nodiscard]] core::result<std::unique_ptr<store>> open_sqlite_store(const std::filesystem::path& data_dir,
                                                                     const sqlite_settings& settings = {});

} // namespace rollcall::store
