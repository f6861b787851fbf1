/// One SQLite connection with the statements prepared on it, and a cursor over one of them. Used by one thread at a
/// time (`connection_pool` sees to it). Everything here throws SQLite::Exception; `sqlite_store.cpp` turns that into
/// results at its border.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/uuid.hpp"
#include "store/sqlite_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rollcall::store::sqlite {

class connection {
public:
  /// Opens `file` (made where missing) with Rollcall's pragmas. `settings` outlives the connection.
  connection(const std::filesystem::path& file, const sqlite_settings& settings);

  /// The statement of this text, prepared once. Valid as long as the connection.
  [[nodiscard]] SQLite::Statement& prepare(std::string_view sql);
  /// Runs SQL of one or more statements without results.
  void execute(const char* sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::uint64_t changes() const;
  [[nodiscard]] std::int64_t last_row() const;
  /// False when SQLite has ended the transaction by itself, as it does on some errors.
  [[nodiscard]] bool is_in_transaction();
  /// How long later statements wait for another connection's lock; at first the settings' patience.
  void wait_for_locks(std::chrono::milliseconds patience) noexcept;
  [[nodiscard]] const sqlite_settings& settings() const noexcept { return settings_; }

private:
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  const sqlite_settings& settings_;
  SQLite::Database db_;
  std::unordered_map<std::string, SQLite::Statement, text_hash, std::equal_to<>> statements_;
};

/// A run of one statement. Resets it at the end of its scope, so that no read transaction lingers. Two runs of one
/// statement must not overlap.
class query {
public:
  /// Binds `arguments` to ?1, ?2, …
  template <class... Arguments>
  query(connection& db, std::string_view sql, const Arguments&... arguments) : statement_(db.prepare(sql)) {
    int place = 0;
    (bind(++place, arguments), ...);
  }
  ~query();
  query(const query&) = delete;
  query& operator=(const query&) = delete;

  /// Steps; true when there is a row.
  [[nodiscard]] bool next() { return statement_.executeStep(); }
  /// For statements without rows.
  void run() { statement_.executeStep(); }

  [[nodiscard]] bool is_null(int column) const { return statement_.isColumnNull(column); }
  [[nodiscard]] std::int64_t number(int column) const { return statement_.getColumn(column).getInt64(); }
  [[nodiscard]] float real(int column) const { return static_cast<float>(statement_.getColumn(column).getDouble()); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] core::uuid id(int column) const;
  [[nodiscard]] core::wall_time time(int column) const;
  [[nodiscard]] core::bytes blob(int column) const;
  /// A blob of float32; empty for null.
  [[nodiscard]] std::vector<float> vector(int column) const;

private:
  void bind(int place, std::int64_t value) { statement_.bind(place, value); }
  void bind(int place, std::uint64_t value) { statement_.bind(place, static_cast<std::int64_t>(value)); }
  void bind(int place, std::uint32_t value) { statement_.bind(place, static_cast<std::int64_t>(value)); }
  void bind(int place, int value) { statement_.bind(place, value); }
  void bind(int place, bool value) { statement_.bind(place, value ? 1 : 0); }
  void bind(int place, float value) { statement_.bind(place, static_cast<double>(value)); }
  void bind(int place, std::string_view value) { statement_.bind(place, std::string(value)); }
  void bind(int place, const core::uuid& value) { statement_.bind(place, value.value.data(), 16); }
  void bind(int place, core::wall_time value) { bind(place, std::int64_t{value.time_since_epoch().count()}); }
  void bind(int place, std::span<const float> value);
  void bind(int place, core::byte_view value);
  template <class Kind>
  void bind(int place, const core::strong_uuid<Kind>& value) {
    bind(place, value.id);
  }
  template <class Value>
  void bind(int place, const std::optional<Value>& value) {
    if (value)
      bind(place, *value);
    else
      statement_.bind(place);
  }

  SQLite::Statement& statement_;
};

/// A transaction from its making to `commit`, or rolled back at the end of its scope.
class transaction {
public:
  enum class purpose { read, write };

  transaction(connection& db, purpose wanted);
  ~transaction();
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Errors: `outcome_unknown` when the disk failed while the commit was being written; else the error's own, and then
  /// nothing is stored.
  [[nodiscard]] core::status commit();

private:
  connection& db_;
  bool is_open_ = true;
};

/// The exception being handled as an error; only within a catch block.
[[nodiscard]] core::error current_error();

} // namespace rollcall::store::sqlite
