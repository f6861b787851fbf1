/// The system of record on a PostgreSQL server that several nodes share. Made in `nodes/` or a test, owned by the STORE
/// actor.
#pragma once

#include "store/settings.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace rollcall::store {

struct postgres_settings : common_settings {
  /// A connection URI of libpq (`postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full`) or its keyword form.
  /// Several hosts are tried in order.
  std::string uri;
  /// Under which the secrets of access keys are encrypted: the same file on every node, 32 random
  /// bytes, mode 0600.
  std::filesystem::path key_file;
  std::size_t readers = 8;                  ///< connections for reads, ≥ 1; each serves one call at a time
  std::size_t writers = 4;                  ///< the same for writes
  std::chrono::milliseconds patience{5000}; ///< ≥ 1; the longest time of a call, connecting and retries included
};

/// Connects, and brings an older schema up to date; of nodes that start at once, one does it. Blocks. Connections that
/// break are made anew by the next call. A write that meets another's is repeated while patience lasts.
/// Errors: `unavailable` (no server there, or not in time), `invalid_config` (refused by the server: user, password,
/// database, certificate, rights; or a setting is out of range), `unsupported` (the schema is a newer program's),
/// `corrupt` (the key file is missing or another's).
[[nodiscard]] core::result<std::unique_ptr<store>> open_postgres_store(const postgres_settings& settings);

} // namespace rollcall::store
