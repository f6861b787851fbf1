#include "store/sql/migration.hpp"

namespace rollcall::store::sql {

namespace {

std::uint64_t find_version(session& db) {
  query q(db, "SELECT coalesce(max(version), 0) FROM schema_versions");
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

// True when a step was run, false when none was left.
core::result<bool> migrate_once(session& db, std::span<const std::string_view> steps, core::wall_time now) {
  transaction step(db, purpose::write);
  db.lock_schema();
  if (!db.has_table("schema_versions"))
    db.run_script("CREATE TABLE schema_versions (version BIGINT PRIMARY KEY, applied BIGINT NOT NULL)");
  const auto version = find_version(db);
  if (version > steps.size())
    return core::fail(core::error_code::unsupported, "the database has schema version " + std::to_string(version)
                                                         + ", this program knows up to " + std::to_string(steps.size())
                                                         + ": run the newer program that wrote it");
  if (version == steps.size())
    return false;
  db.run_script(std::string(steps[version]));
  execute(db, "INSERT INTO schema_versions VALUES (?1, ?2)", version + 1, now);
  ROLLCALL_CHECK(step.commit());
  return true;
}

} // namespace

core::result<store_description> describe(session& db, std::string_view facts) {
  const auto schema = find_version(db);
  query q(db, facts);
  if (!q.next())
    return core::fail(core::error_code::corrupt, "The database does not say what it is.");
  return store_description{q.text(0), schema, q.time(1)};
}

core::status migrate(session& db, std::span<const std::string_view> steps, core::wall_time now) {
  for (;;) {
    ROLLCALL_TRY(const auto has_run, migrate_once(db, steps, now));
    if (!has_run)
      return core::nothing{};
  }
}

} // namespace rollcall::store::sql
