#include "store/sqlite/connection.hpp"

#include <sqlite3.h>

#include <bit>
#include <cstring>

namespace rollcall::store::sqlite {

static_assert(std::endian::native == std::endian::little, "embeddings are stored as little-endian float32");

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

} // namespace

connection::connection(const std::filesystem::path& file, const sqlite_settings& settings)
    : settings_(settings),
      db_(file.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE | SQLite::OPEN_NOMUTEX,
          static_cast<int>(settings.patience.count())) {
  db_.exec(pragmas);
  if (settings.max_database_pages > 0)
    db_.exec("PRAGMA max_page_count = " + std::to_string(settings.max_database_pages));
}

SQLite::Statement& connection::prepare(std::string_view sql) {
  if (const auto found = statements_.find(sql); found != statements_.end())
    return found->second;
  std::string text(sql);
  SQLite::Statement made(db_, text);
  return statements_.emplace(std::move(text), std::move(made)).first->second;
}

void connection::execute(const char* sql) {
  db_.exec(sql);
}

std::uint64_t connection::changes() const {
  return static_cast<std::uint64_t>(db_.getChanges());
}

std::int64_t connection::last_row() const {
  return db_.getLastInsertRowid();
}

bool connection::is_in_transaction() {
  return sqlite3_get_autocommit(db_.getHandle()) == 0;
}

void connection::wait_for_locks(std::chrono::milliseconds patience) noexcept {
  sqlite3_busy_timeout(db_.getHandle(), static_cast<int>(patience.count()));
}

query::~query() {
  statement_.tryReset();
  try {
    statement_.clearBindings(); // an embedding must not stay behind in a statement
  } catch (const SQLite::Exception&) {
    // sqlite3_clear_bindings has no way to fail.
  }
}

std::string query::text(int column) const {
  return statement_.getColumn(column).getString();
}

core::uuid query::id(int column) const {
  const auto cell = statement_.getColumn(column);
  core::uuid id;
  if (cell.getBytes() != static_cast<int>(id.value.size()))
    throw SQLite::Exception("an id does not have 16 bytes", SQLITE_CORRUPT);
  std::memcpy(id.value.data(), cell.getBlob(), id.value.size());
  return id;
}

core::wall_time query::time(int column) const {
  return core::wall_time{std::chrono::milliseconds{number(column)}};
}

core::bytes query::blob(int column) const {
  const auto cell = statement_.getColumn(column);
  const auto* begin = static_cast<const std::uint8_t*>(cell.getBlob());
  return {begin, begin + cell.getBytes()};
}

std::vector<float> query::vector(int column) const {
  const auto cell = statement_.getColumn(column);
  const auto size_bytes = static_cast<std::size_t>(cell.getBytes());
  if (size_bytes % sizeof(float) != 0)
    throw SQLite::Exception("an embedding is not a row of float32", SQLITE_CORRUPT);
  std::vector<float> values(size_bytes / sizeof(float));
  if (size_bytes > 0)
    std::memcpy(values.data(), cell.getBlob(), size_bytes);
  return values;
}

void query::bind(int place, std::span<const float> value) {
  statement_.bind(place, static_cast<const void*>(value.data()), static_cast<int>(value.size_bytes()));
}

void query::bind(int place, core::byte_view value) {
  // A null pointer would bind NULL, not the empty blob.
  static constexpr std::uint8_t none = 0;
  const auto* data = value.empty() ? &none : value.data();
  statement_.bind(place, static_cast<const void*>(data), static_cast<int>(value.size()));
}

transaction::transaction(connection& db, purpose wanted) : db_(db) {
  query(db_, wanted == purpose::write ? "BEGIN IMMEDIATE" : "BEGIN").run();
}

transaction::~transaction() {
  if (!is_open_)
    return;
  try {
    if (db_.is_in_transaction())
      query(db_, "ROLLBACK").run();
  } catch (const std::exception&) {
    // A rollback that fails leaves nothing committed; the next BEGIN on this connection reports the fault.
  }
}

core::status transaction::commit() {
  try {
    query(db_, "COMMIT").run();
    is_open_ = false;
    return core::nothing{};
  } catch (const SQLite::Exception& thrown) {
    auto failed = to_error(thrown);
    // The commit may have reached the log before the disk failed; it comes back then when the database is reopened.
    if (thrown.getErrorCode() == SQLITE_IOERR && failed.code != core::error_code::storage_full)
      failed.code = core::error_code::outcome_unknown;
    return failed;
  }
}

core::error current_error() {
  try {
    throw;
  } catch (const SQLite::Exception& thrown) {
    return to_error(thrown);
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::unavailable, "out of memory");
  } catch (const std::exception& thrown) {
    return core::fail(core::error_code::internal, "the store failed", thrown.what());
  } catch (...) {
    return core::fail(core::error_code::internal, "the store failed");
  }
}

} // namespace rollcall::store::sqlite
