#include "store/sqlite_store.hpp"

#include "store/sql/migration.hpp"
#include "store/sql/sql_store.hpp"
#include "store/sqlite/data_directory.hpp"
#include "store/sqlite/scrubber.hpp"

#include <limits>

namespace rollcall::store {

namespace {

/// Adds the directory to an error that the operator must act on there.
core::error name_place(core::error failed, const std::filesystem::path& dir) {
  if (failed.code == core::error_code::storage_full || failed.code == core::error_code::corrupt)
    failed.message += " (data directory " + dir.string() + ")";
  return failed;
}

class sqlite_database {
public:
  sqlite_database(std::unique_ptr<const sqlite_settings> settings, sqlite::data_directory place,
                  std::vector<std::unique_ptr<sqlite::connection>> writer,
                  std::vector<std::unique_ptr<sqlite::connection>> readers)
      : settings_(std::move(settings)),
        place_(std::move(place)),
        writer_(std::move(writer)),
        readers_(std::move(readers)),
        scrubber_(writer_, settings_->scrub_after) {
    scrubber_.ask(); // for what a killed process deleted last
  }

  /// Runs `body` on one state of the database.
  template <class Body>
  auto read(const Body& body) -> std::invoke_result_t<Body, sqlite::connection&> {
    ROLLCALL_TRY(const auto lent, readers_.borrow(settings_->patience));
    try {
      const sql::transaction snapshot(*lent, sql::purpose::read);
      return body(*lent);
    } catch (...) {
      return name_place(sql::current_error(), place_.path());
    }
  }

  /// Runs `body` and commits where it succeeds; an error of it leaves nothing behind.
  template <class Body>
  auto write(const Body& body) -> std::invoke_result_t<Body, sqlite::connection&> {
    ROLLCALL_TRY(const auto lent, writer_.borrow(settings_->patience));
    try {
      sql::transaction change(*lent, sql::purpose::write);
      auto done = body(*lent);
      if (!done)
        return done;
      if (auto committed = change.commit(); !committed)
        return name_place(std::move(committed).failure(), place_.path());
      return done;
    } catch (...) {
      return name_place(sql::current_error(), place_.path());
    }
  }

  static constexpr std::string_view facts =
      "SELECT 'SQLite ' || sqlite_version(), CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

  static constexpr std::string_view clock = "SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

  static core::result<added_faces> add_faces(sqlite::connection& db, core::collection_key key,
                                             std::span<const face_with_embedding> faces) {
    return sql::add_faces(db, key, faces);
  }

  /// A write that deletes or replaces embeddings: their bytes must leave the files, too.
  template <class Body>
  auto erase(const Body& body) -> std::invoke_result_t<Body, sqlite::connection&> {
    auto done = write(body);
    if (done)
      scrubber_.ask();
    return done;
  }

private:
  // Connections refer to the settings and lie within the lock of the directory: their order here matters.
  std::unique_ptr<const sqlite_settings> settings_;
  sqlite::data_directory place_;
  sqlite::connection_pool writer_;
  sqlite::connection_pool readers_;
  sqlite::scrubber scrubber_;
};

core::status check_settings(const sqlite_settings& settings) {
  constexpr std::chrono::milliseconds longest{std::numeric_limits<int>::max()};
  const bool is_good = settings.readers >= 1 && settings.readers <= 1024 && settings.patience.count() >= 0
                       && settings.patience <= longest && settings.scrub_after.count() >= 1 && settings.make_uuid;
  if (!is_good)
    return core::fail(core::error_code::invalid_config, "a setting of the store is out of range");
  return core::nothing{};
}

core::result<std::unique_ptr<store>> open_in(sqlite::data_directory place, const sqlite_settings& given) {
  auto settings = std::make_unique<sqlite_settings>(given);
  if (settings->clock == nullptr)
    settings->clock = std::make_shared<core::system_wall_clock>();
  std::vector<std::unique_ptr<sqlite::connection>> writer;
  writer.push_back(std::make_unique<sqlite::connection>(place.database(), *settings));
  ROLLCALL_CHECK(sql::migrate(*writer.front(), sql::sqlite_migrations(), settings->clock->now()));
  ROLLCALL_TRY(const auto secrets, secret_box::open(place.key_file(), !sql::has_keys(*writer.front())));
  ROLLCALL_CHECK(sql::list_keys(*writer.front(), secrets)); // the right key file?
  std::vector<std::unique_ptr<sqlite::connection>> readers;
  for (std::size_t i = 0; i < settings->readers; ++i)
    readers.push_back(std::make_unique<sqlite::connection>(place.database(), *settings));
  auto database =
      std::make_unique<sqlite_database>(std::move(settings), std::move(place), std::move(writer), std::move(readers));
  return std::unique_ptr<store>(std::make_unique<sql::sql_store<sqlite_database>>(secrets, std::move(database)));
}

} // namespace

core::result<std::unique_ptr<store>> open_sqlite_store(const std::filesystem::path& data_dir,
                                                       const sqlite_settings& settings) {
  try {
    ROLLCALL_CHECK(check_settings(settings));
    ROLLCALL_TRY(auto place, sqlite::data_directory::open(data_dir));
    auto opened = open_in(std::move(place), settings);
    if (!opened)
      return name_place(std::move(opened).failure(), data_dir);
    return opened;
  } catch (...) {
    return name_place(sql::current_error(), data_dir);
  }
}

} // namespace rollcall::store
