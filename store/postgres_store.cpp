#include "store/postgres_store.hpp"

#include "store/postgres/bulk.hpp"
#include "store/postgres/connection.hpp"
#include "store/sql/migration.hpp"
#include "store/sql/sql_store.hpp"

namespace rollcall::store {

namespace {

using postgres::connection;
using connection_pool = sql::lending_pool<connection>;

std::vector<std::unique_ptr<connection>> make_connections(const postgres_settings& settings, std::size_t count) {
  std::vector<std::unique_ptr<connection>> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back(std::make_unique<connection>(settings));
  return made;
}

class postgres_database {
public:
  explicit postgres_database(std::unique_ptr<const postgres_settings> settings)
      : settings_(std::move(settings)),
        writers_(make_connections(*settings_, settings_->writers)),
        readers_(make_connections(*settings_, settings_->readers)) {}

  static core::result<added_faces> add_faces(connection& db, core::collection_key key,
                                             std::span<const face_with_embedding> faces) {
    return postgres::add_faces(db, key, faces);
  }

  template <class Body>
  auto read(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return run(readers_, [&](connection& db) -> std::invoke_result_t<Body, connection&> {
      const sql::transaction snapshot(db, sql::purpose::read);
      return body(db);
    });
  }

  template <class Body>
  auto write(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return run(writers_, [&](connection& db) -> std::invoke_result_t<Body, connection&> {
      sql::transaction change(db, sql::purpose::write);
      auto done = body(db);
      if (!done)
        return done;
      if (auto committed = change.commit(); !committed)
        return std::move(committed).failure();
      return done;
    });
  }

  /// PostgreSQL's vacuum frees what is deleted; see docs/postgresql.md.
  template <class Body>
  auto erase(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return write(body);
  }

  template <class Body>
  auto run(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return run(writers_, body);
  }

private:
  /// Runs `body`, which is one transaction, again while it meets others and there is time.
  template <class Body>
  auto run(connection_pool& pool, const Body& body) -> std::invoke_result_t<Body, connection&> {
    const auto until = core::deadline::in(settings_->patience);
    ROLLCALL_TRY(const auto lent, pool.borrow(settings_->patience));
    for (;;) {
      (*lent).set_deadline(until);
      auto done = run_once(*lent, body);
      if (done || until.has_passed() || !(*lent).may_try_again())
        return done;
    }
  }

  template <class Body>
  static auto run_once(connection& db, const Body& body) -> std::invoke_result_t<Body, connection&> {
    try {
      return body(db);
    } catch (...) {
      return sql::current_error();
    }
  }

  std::unique_ptr<const postgres_settings> settings_;
  connection_pool writers_;
  connection_pool readers_;
};

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
  auto database = std::make_unique<postgres_database>(std::move(settings));
  ROLLCALL_CHECK(
      database->run([&](connection& db) -> core::status { return sql::migrate(db, sql::postgres_migrations(), now); }));
  // Nodes that each made one of their own could not read each other's keys.
  if (std::error_code ignored; !std::filesystem::exists(key_file, ignored))
    return core::fail(
        core::error_code::invalid_config,
        "there is no key file " + key_file.string()
            + ": make it once, `head -c 32 /dev/urandom >FILE; chmod 600 FILE`, and copy it to every node");
  ROLLCALL_TRY(const auto secrets, secret_box::open(key_file, false));
  ROLLCALL_CHECK(database->read([&](connection& db) { return sql::list_keys(db, secrets); })); // the right key file?
  return std::unique_ptr<store>(std::make_unique<sql::sql_store<postgres_database>>(secrets, std::move(database)));
}

} // namespace rollcall::store
