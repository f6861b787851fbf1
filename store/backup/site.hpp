/// A database as backup and restore use it: one connection of their own, and how rows get into it. One thread.
#pragma once

#include "store/backup/format.hpp"
#include "store/sql/session.hpp"

#include <memory>

namespace rollcall::store::backup {

class site {
public:
  virtual ~site() = default;
  [[nodiscard]] virtual sql::session& db() = 0;
  /// To be called between the pieces of the work: what follows gets the whole time of a call again.
  virtual void renew() {}
  /// Adds a block's rows, of which only fixed-size values may have been changed.
  virtual void add(block& rows) = 0;
  /// Within a restoring transaction, before its rows. Errors: `conflict` (nodes are at work).
  [[nodiscard]] virtual core::status keep_nodes_out() = 0;
  /// After its rows: what the database must know of numbers that it did not give out itself.
  virtual void settle() = 0;
  [[nodiscard]] virtual std::size_t schema() const = 0;
  /// Brings an empty database to the schema.
  [[nodiscard]] virtual core::status make_schema() = 0;
};

/// For reading; nothing is made. Errors: `not_found`. Throws sql::failure.
[[nodiscard]] core::result<std::unique_ptr<site>> open_source(const backup_place& at);
/// For restoring; the data directory is made, and locked where it holds the database. Errors: `conflict`,
/// `storage_full`. Throws sql::failure.
[[nodiscard]] core::result<std::unique_ptr<site>> open_target(const backup_place& at);

/// That the database has a record, of this program's schema. Errors: `not_found`, `unsupported`.
[[nodiscard]] core::status check_schema(site& of);

/// The columns' names, with commas between.
[[nodiscard]] std::string names_of(std::span<const column> columns);
/// A row's values; they borrow its bytes.
[[nodiscard]] std::vector<sql::value> values_of(const table& of, std::span<const field> row);

} // namespace rollcall::store::backup
