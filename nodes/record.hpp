/// Opens the system of record that the settings name: SQLite in the data directory, or a PostgreSQL server. Blocks.
#pragma once

#include "config/settings.hpp"
#include "store/membership.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <memory>

namespace rollcall::nodes {

struct opened_record {
  std::unique_ptr<store::store> store;
  /// Of a server, which the nodes of a cluster share; null with SQLite, which locks its directory.
  std::unique_ptr<store::membership> members;
};

/// Errors: `invalid_config` (both store.uri and store.uri_file, or a file that can't be read), those of
/// open_sqlite_store, open_postgres_store and open_postgres_membership.
[[nodiscard]] core::result<opened_record> open_record(const config::settings& with,
                                                      const std::filesystem::path& data_dir);

} // namespace rollcall::nodes
