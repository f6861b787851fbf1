#include "store/postgres_store.hpp"

#include "store/postgres/database.hpp"
#include "store/sql/migration.hpp"
#include "store/sql/sql_store.hpp"

namespace rollcall::store {

namespace {

core::status check_settings(const postgres_settings& settings) {
  const bool is_good = settings.readers >= 1 && settings.readers <= 1024 && settings.writers >= 1
                       && settings.writers <= 1024 && settings.patience.count() >= 1
                       && settings.patience <= std::chrono::hours(1) && settings.make_uuid;
  if (!is_good)
    return core::fail(core::error_code::invalid_config, "a setting of the store is out of range");
  return core::nothing{};
}

} // namespace

core::result<std::unique_ptr<store>> open_postgres_store(const postgres_settings& given) {
  ROLLCALL_CHECK(check_settings(given));
  auto settings = std::make_unique<postgres_settings>(given);
  if (settings->clock == nullptr)
    settings->clock = std::make_shared<core::system_wall_clock>();
  const auto now = settings->clock->now();
  const auto key_file = settings->key_file;
  auto database = std::make_unique<postgres::database>(std::move(settings));
  ROLLCALL_CHECK(database->run(
      [&](postgres::connection& db) -> core::status { return sql::migrate(db, sql::postgres_migrations(), now); }));
  // Nodes that each made one of their own could not read each other's keys.
  if (std::error_code ignored; !std::filesystem::exists(key_file, ignored))
    return core::fail(
        core::error_code::invalid_config,
        "there is no key file " + key_file.string()
            + ": make it once, `head -c 32 /dev/urandom >FILE; chmod 600 FILE`, and copy it to every node");
  ROLLCALL_TRY(const auto secrets, secret_box::open(key_file, false));
  ROLLCALL_CHECK(
      database->read([&](postgres::connection& db) { return sql::list_keys(db, secrets); })); // the right key file?
  return std::unique_ptr<store>(std::make_unique<sql::sql_store<postgres::database>>(secrets, std::move(database)));
}

} // namespace rollcall::store
