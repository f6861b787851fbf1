/// What the statements of the store ask of a database: a session that runs them, rows that they give, transactions.
/// Drivers: sqlite/connection.hpp, postgres/connection.hpp. Used by one thread at a time.
///
/// Statements are written once, in the SQL that both understand: parameters are ?1, ?2, … without gaps, generated keys
/// come by RETURNING, and a row that a write will rely on is read with a locking clause at the statement's end (` FOR
/// UPDATE …`, ` FOR KEY SHARE …`), which SQLite's driver leaves out, since its writers exclude one another.
///
/// Everything here throws `failure`, which the store's border turns into a result (`current_error`).
#pragma once

#include "core/bytes.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "core/uuid.hpp"
#include "store/settings.hpp"

#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rollcall::store::sql {

/// A database's refusal, as our error.
class failure final : public std::exception {
public:
  explicit failure(core::error what) : error_(std::move(what)) {}
  [[nodiscard]] const core::error& error() const noexcept { return error_; }
  [[nodiscard]] const char* what() const noexcept override { return error_.message.c_str(); }

private:
  core::error error_;
};

/// The exception being handled as an error; only within a catch block.
[[nodiscard]] core::error current_error();

/// A parameter. Texts and bytes are borrowed for the length of the call that takes them.
using value = std::variant<std::monostate, std::int64_t, double, std::string_view, core::byte_view>;

/// The rows of one statement, one after the other. Two of the same statement must not be alive at once. The session
/// outlives them.
class rows {
public:
  virtual ~rows() = default;
  /// Goes to the next row, at first to the first; false after the last.
  [[nodiscard]] virtual bool next() = 0;
  [[nodiscard]] virtual bool is_null(int column) const = 0;
  [[nodiscard]] virtual std::int64_t number(int column) const = 0;
  [[nodiscard]] virtual double real(int column) const = 0;
  /// A text or bytes, valid until the next row; empty for null.
  [[nodiscard]] virtual core::byte_view bytes(int column) const = 0;
};

enum class purpose { read, write };

class session {
public:
  explicit session(const common_settings& settings) : settings_(settings) {}
  virtual ~session() = default;
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  /// Runs a statement that gives rows.
  [[nodiscard]] virtual std::unique_ptr<rows> select(std::string_view sql, std::span<const value> parameters) = 0;
  /// Runs a statement without rows. What is wrong with it may be thrown by a later call, at the latest by `commit`.
  virtual void execute(std::string_view sql, std::span<const value> parameters) = 0;
  /// The same, at once; gives the number of rows changed.
  virtual std::uint64_t change(std::string_view sql, std::span<const value> parameters) = 0;
  /// Runs statements separated by semicolons, without parameters.
  virtual void run_script(const std::string& text) = 0;

  /// A write's begin may wait for other writers. One transaction at a time.
  virtual void begin(purpose wanted) = 0;
  [[nodiscard]] virtual bool has_table(std::string_view name) = 0;
  /// Waits for other programs that change the schema; until the end of the transaction.
  virtual void lock_schema() = 0;
  /// Errors: `outcome_unknown` when the commit may or may not have happened; else the error's own, and then nothing is
  /// stored.
  [[nodiscard]] virtual core::status commit() = 0;
  /// Ends the transaction, if there is one, without effect.
  virtual void roll_back() noexcept = 0;

  [[nodiscard]] const common_settings& settings() const noexcept { return settings_; }

private:
  const common_settings& settings_;
};

/// A transaction from its making to `commit`, or rolled back at the end of its scope.
class transaction {
public:
  transaction(session& db, purpose wanted) : db_(db) { db_.begin(wanted); }
  ~transaction() {
    if (is_open_)
      db_.roll_back();
  }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;

  /// Errors: those of `session::commit`.
  [[nodiscard]] core::status commit() {
    auto done = db_.commit();
    is_open_ = !done;
    return done;
  }

private:
  session& db_;
  bool is_open_ = true;
};

[[nodiscard]] inline value to_value(std::int64_t of) {
  return of;
}
[[nodiscard]] inline value to_value(std::uint64_t of) {
  return static_cast<std::int64_t>(of);
}
[[nodiscard]] inline value to_value(std::uint32_t of) {
  return std::int64_t{of};
}
[[nodiscard]] inline value to_value(int of) {
  return std::int64_t{of};
}
[[nodiscard]] inline value to_value(bool of) {
  return std::int64_t{of ? 1 : 0};
}
[[nodiscard]] inline value to_value(float of) {
  return double{of};
}
[[nodiscard]] inline value to_value(std::string_view of) {
  return of;
}
[[nodiscard]] inline value to_value(const std::string& of) {
  return std::string_view(of);
}
[[nodiscard]] inline value to_value(core::byte_view of) {
  return of;
}
[[nodiscard]] inline value to_value(const core::uuid& of) {
  return core::byte_view(of.value);
}
template <class Kind>
[[nodiscard]] value to_value(const core::strong_uuid<Kind>& of) {
  return to_value(of.id);
}
/// Milliseconds since 1970 UTC.
[[nodiscard]] inline value to_value(core::wall_time of) {
  return std::int64_t{of.time_since_epoch().count()};
}
/// Little-endian float32.
[[nodiscard]] value to_value(std::span<const float> of);
template <class Value>
[[nodiscard]] value to_value(const std::optional<Value>& of) {
  return of ? to_value(*of) : value{};
}

template <class... Arguments>
void execute(session& db, std::string_view sql, const Arguments&... arguments) {
  const std::array<value, sizeof...(Arguments)> parameters{to_value(arguments)...};
  db.execute(sql, parameters);
}

template <class... Arguments>
std::uint64_t change(session& db, std::string_view sql, const Arguments&... arguments) {
  const std::array<value, sizeof...(Arguments)> parameters{to_value(arguments)...};
  return db.change(sql, parameters);
}

/// The rows of a statement, read as our types. A value of the wrong shape throws `corrupt`.
class query {
public:
  template <class... Arguments>
  query(session& db, std::string_view sql, const Arguments&... arguments)
      : rows_(select(db, sql, std::array<value, sizeof...(Arguments)>{to_value(arguments)...})) {}
  query(session& db, std::string_view sql, std::span<const value> parameters) : rows_(db.select(sql, parameters)) {}

  /// True when there is a row.
  [[nodiscard]] bool next() { return rows_->next(); }
  [[nodiscard]] bool is_null(int column) const { return rows_->is_null(column); }
  [[nodiscard]] std::int64_t number(int column) const { return rows_->number(column); }
  [[nodiscard]] float real(int column) const { return static_cast<float>(rows_->real(column)); }
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] core::uuid id(int column) const;
  [[nodiscard]] core::wall_time time(int column) const;
  [[nodiscard]] core::bytes blob(int column) const;
  /// Of a blob of float32; empty for null.
  [[nodiscard]] std::vector<float> vector(int column) const;

private:
  static std::unique_ptr<rows> select(session& db, std::string_view sql, std::span<const value> parameters) {
    return db.select(sql, parameters);
  }

  std::unique_ptr<rows> rows_;
};

} // namespace rollcall::store::sql
