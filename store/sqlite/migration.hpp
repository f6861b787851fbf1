/// Brings a database to the schema of this program: the numbered files of store/migrations, one transaction each.
#pragma once

#include "core/result.hpp"
#include "store/sqlite/connection.hpp"

#include <span>
#include <string_view>

namespace rollcall::store::sqlite {

/// The SQL texts in order; migration i makes schema version i + 1.
[[nodiscard]] std::span<const std::string_view> migrations();

/// Runs those of `steps` that `db` has not seen. An interrupted run is continued by the next.
/// Errors: `unsupported` when the database has a higher version than `steps` make. Throws SQLite::Exception.
[[nodiscard]] core::status migrate(connection& db, std::span<const std::string_view> steps, core::wall_time now);

} // namespace rollcall::store::sqlite
