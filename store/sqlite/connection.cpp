#include "store/sqlite/connection.hpp"

#include "store/partitions.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

namespace rollcall::store::sqlite {

namespace {

// Deleted content is overwritten, commits reach the disk, temporary tables never do.
constexpr const char* pragmas = "PRAGMA page_size = 8192;"
                                "PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = FULL;"
                                "PRAGMA foreign_keys = ON;"
                                "PRAGMA secure_delete = ON;"
                                "PRAGMA temp_store = MEMORY;"
                                "PRAGMA trusted_schema = OFF;"
                                "PRAGMA cache_size = -16000;";

core::error to_error(const SQLite::Exception& thrown) {
  using core::error_code;
  const std::string context =
      std::string("sqlite ") + std::to_string(thrown.getExtendedErrorCode()) + ": " + thrown.what();
  switch (thrown.getErrorCode()) {
    case SQLITE_FULL:
      return core::fail(error_code::storage_full, "the disk is full: free some space and repeat", context);
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return core::fail(error_code::storage_full, "the data directory is not writable", context);
    case SQLITE_IOERR:
      // Growing the shared-memory file is the one write whose failure on a full disk is not told as such.
      if (thrown.getExtendedErrorCode() == SQLITE_IOERR_SHMSIZE)
        return core::fail(error_code::storage_full, "the disk is full: free some space and repeat", context);
      return core::fail(error_code::unavailable, "the disk failed to read or write", context);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return core::fail(error_code::corrupt, "the database is damaged: restore it from a backup", context);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return core::fail(error_code::unavailable, "the database is locked by another program", context);
    default:
      return core::fail(error_code::internal, "the database refused a statement", context);
  }
}

// Runs `body`; what SQLite throws becomes a failure of ours.
template <class Body>
decltype(auto) guarded(const Body& body) {
  try {
    return body();
  } catch (const SQLite::Exception& thrown) {
    throw sql::failure(to_error(thrown));
  }
}

class binder {
public:
  explicit binder(SQLite::Statement& to) : to_(to) {}
  void bind(std::span<const sql::value> parameters) {
    for (const auto& each : parameters) {
      ++place_;
      std::visit(*this, each);
    }
  }
  void operator()(std::monostate) { to_.bind(place_); }
  void operator()(std::int64_t value) { to_.bind(place_, value); }
  void operator()(double value) { to_.bind(place_, value); }
  void operator()(std::string_view value) { to_.bind(place_, std::string(value)); }
  void operator()(core::byte_view value) {
    // A null pointer would bind NULL, not the empty blob.
    static constexpr std::uint8_t none = 0;
    to_.bind(place_, value.empty() ? &none : value.data(), static_cast<int>(value.size()));
  }

private:
  SQLite::Statement& to_;
  int place_ = 0;
};

// A run of one statement. Resets it at the end of its scope, so that no read transaction lingers.
class run final : public sql::rows {
public:
  run(SQLite::Statement& statement, std::span<const sql::value> parameters) : statement_(statement) {
    guarded([&] { binder(statement_).bind(parameters); });
  }
  ~run() override {
    statement_.tryReset();
    try {
      statement_.clearBindings(); // an embedding must not stay behind in a statement
    } catch (const SQLite::Exception&) {
      // sqlite3_clear_bindings has no way to fail.
    }
  }
  run(const run&) = delete;
  run& operator=(const run&) = delete;

  [[nodiscard]] bool next() override {
    return guarded([&] { return statement_.executeStep(); });
  }
  [[nodiscard]] bool is_null(int column) const override { return statement_.isColumnNull(column); }
  [[nodiscard]] std::int64_t number(int column) const override { return statement_.getColumn(column).getInt64(); }
  [[nodiscard]] double real(int column) const override { return statement_.getColumn(column).getDouble(); }
  [[nodiscard]] core::byte_view bytes(int column) const override {
    const auto cell = statement_.getColumn(column);
    return {static_cast<const std::uint8_t*>(cell.getBlob()), static_cast<std::size_t>(cell.getBytes())};
  }

private:
  SQLite::Statement& statement_;
};

// partition_of(id, partitions), as PostgreSQL's migrations define it.
void find_partition(sqlite3_context* context, int, sqlite3_value** arguments) {
  core::uuid id;
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_value_blob(arguments[0]));
  if (bytes == nullptr || static_cast<std::size_t>(sqlite3_value_bytes(arguments[0])) != id.value.size())
    return sqlite3_result_null(context);
  std::copy_n(bytes, id.value.size(), id.value.begin());
  sqlite3_result_int64(context, partition_of(id, static_cast<std::uint32_t>(sqlite3_value_int64(arguments[1]))));
}

} // namespace

connection::connection(const std::filesystem::path& file, const sqlite_settings& settings) try
    : session(settings),
      patience_(settings.patience),
      db_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
          static_cast<int>(settings.patience.count())) {
  db_.exec(pragmas);
  db_.createFunction("partition_of", 2, true, nullptr, find_partition);
  if (settings.max_database_pages > 0)
    db_.exec("PRAGMA max_page_count = " + std::to_string(settings.max_database_pages));
} catch (const SQLite::Exception& thrown) {
  throw sql::failure(to_error(thrown));
}

SQLite::Statement& connection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end())
    return found->second;
  return guarded([&]() -> SQLite::Statement& {
    SQLite::Statement made(db_, std::string(sql.substr(0, sql.find(" FOR ")))); // without the locking clause
    return statements_.emplace(std::string(sql), std::move(made)).first->second;
  });
}

std::unique_ptr<sql::rows> connection::select(std::string_view sql, std::span<const sql::value> parameters) {
  return std::make_unique<run>(prepare(sql), parameters);
}

void connection::execute(std::string_view sql, std::span<const sql::value> parameters) {
  static_cast<void>(run(prepare(sql), parameters).next());
}

std::uint64_t connection::change(std::string_view sql, std::span<const sql::value> parameters) {
  execute(sql, parameters);
  return static_cast<std::uint64_t>(db_.getChanges());
}

void connection::run_script(const std::string& text) {
  guarded([&] { db_.exec(text); });
}

bool connection::has_table(std::string_view name) {
  return sql::query(*this, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1", name).next();
}

void connection::begin(sql::purpose wanted) {
  execute(wanted == sql::purpose::write ? "BEGIN IMMEDIATE" : "BEGIN", {});
}

core::status connection::commit() {
  auto& statement = prepare("COMMIT");
  try {
    statement.executeStep();
    statement.tryReset();
    return core::nothing{};
  } catch (const SQLite::Exception& thrown) {
    statement.tryReset();
    auto failed = to_error(thrown);
    // The commit may have reached the log before the disk failed; it comes back then when the database is reopened.
    if (thrown.getErrorCode() == SQLITE_IOERR && failed.code != core::error_code::storage_full)
      failed.code = core::error_code::outcome_unknown;
    return failed;
  }
}

void connection::roll_back() noexcept {
  try {
    if (sqlite3_get_autocommit(db_.getHandle()) == 0) // SQLite ends a transaction by itself on some errors
      execute("ROLLBACK", {});
  } catch (const std::exception&) {
    // A rollback that fails leaves nothing committed; the next BEGIN on this connection reports the fault.
  }
}

void connection::wait_for_locks(std::chrono::milliseconds patience) noexcept {
  sqlite3_busy_timeout(db_.getHandle(), static_cast<int>(patience.count()));
}

} // namespace rollcall::store::sqlite
