/// Opens the system of record that the settings name: SQLite in the data directory, or a PostgreSQL server. Blocks.
#pragma once

#include "actors/serving_lease.hpp"
#include "config/settings.hpp"
#include "nodes/sole_node.hpp"
#include "store/store.hpp"

#include <filesystem>
#include <functional>
#include <memory>

namespace rollcall::nodes {

struct opened_record {
  std::unique_ptr<store::store> store;
  // Of a server that others reach, too; null with SQLite, which locks its directory.
  std::shared_ptr<actors::serving_lease> lease;
  std::unique_ptr<sole_node> sole;
};

/// `lost`: see sole_node::start. Errors: `invalid_config` (both store.uri and store.uri_file, or a file that can't be
/// read), those of open_sqlite_store, open_postgres_store and sole_node::start.
[[nodiscard]] core::result<opened_record>
open_record(const config::settings& with, const std::filesystem::path& data_dir, std::function<void()> lost);

} // namespace rollcall::nodes
