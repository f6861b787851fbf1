/// A PostgreSQL server as the store's calls see it: pools of connections and the transactions on them.
#pragma once

#include "store/postgres/bulk.hpp"
#include "store/postgres/connection.hpp"
#include "store/sql/lending_pool.hpp"

#include <memory>
#include <type_traits>
#include <vector>

namespace rollcall::store::postgres {

/// Lends connections to bodies, each of which is one transaction. Any thread.
class database {
public:
  explicit database(std::unique_ptr<const postgres_settings> settings)
      : settings_(std::move(settings)),
        writers_(make(*settings_, settings_->writers)),
        readers_(make(*settings_, settings_->readers)) {}

  static constexpr std::string_view facts = "SELECT 'PostgreSQL ' || current_setting('server_version'), store_now()";

  static constexpr std::string_view clock = "SELECT store_now()";

  static core::result<added_faces> add_faces(connection& db, core::collection_key key,
                                             std::span<const face_with_embedding> faces) {
    return postgres::add_faces(db, key, faces);
  }

  /// Runs `body` on one state of the database.
  template <class Body>
  auto read(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return run(readers_, [&](connection& db) -> std::invoke_result_t<Body, connection&> {
      const sql::transaction snapshot(db, sql::purpose::read);
      return body(db);
    });
  }

  /// Runs `body` and commits where it succeeds; an error of it leaves nothing behind.
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

  /// Runs `body`, which makes its own transaction.
  template <class Body>
  auto run(const Body& body) -> std::invoke_result_t<Body, connection&> {
    return run(writers_, body);
  }

private:
  using connection_pool = sql::lending_pool<connection>;

  static std::vector<std::unique_ptr<connection>> make(const postgres_settings& settings, std::size_t count) {
    std::vector<std::unique_ptr<connection>> made;
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(std::make_unique<connection>(settings));
    return made;
  }

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

} // namespace rollcall::store::postgres
