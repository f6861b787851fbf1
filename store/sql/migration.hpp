/// Brings a database to the schema of this program: the numbered files of store/migrations, one transaction each. Of
/// several programs that start at once, one does it.
#pragma once

#include "core/result.hpp"
#include "store/records.hpp"
#include "store/sql/session.hpp"

#include <span>
#include <string_view>

namespace rollcall::store::sql {

/// The SQL texts in order; migration i makes schema version i + 1.
[[nodiscard]] std::span<const std::string_view> sqlite_migrations();
[[nodiscard]] std::span<const std::string_view> postgres_migrations();

/// Runs those of `steps` that `db` has not seen. An interrupted run is continued by the next.
/// Errors: `unsupported` when the database has a higher version than `steps` make. Throws sql::failure.
[[nodiscard]] core::status migrate(session& db, std::span<const std::string_view> steps, core::wall_time now);

/// What `facts` (see sql_store.hpp) says, and the schema's version. Throws sql::failure.
[[nodiscard]] core::result<store_description> describe(session& db, std::string_view facts);

} // namespace rollcall::store::sql
