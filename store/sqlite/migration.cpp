#include "store/sqlite/migration.hpp"

namespace rollcall::store::sqlite {

core::status migrate(connection& db, std::span<const std::string_view> steps, core::wall_time now) {
  db.execute("CREATE TABLE IF NOT EXISTS schema_versions (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL)");
  std::uint64_t version = 0;
  {
    query q(db, "SELECT coalesce(max(version), 0) FROM schema_versions");
    version = q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
  }
  if (version > steps.size())
    return core::fail(core::error_code::unsupported, "the database has schema version " + std::to_string(version)
                                                         + ", this program knows up to " + std::to_string(steps.size())
                                                         + ": run the newer program that wrote it");
  for (; version < steps.size(); ++version) {
    transaction step(db, transaction::purpose::write);
    db.execute(std::string(steps[version]).c_str());
    query(db, "INSERT INTO schema_versions VALUES (?1, ?2)", version + 1, now).run();
    ROLLCALL_CHECK(step.commit());
  }
  return core::nothing{};
}

} // namespace rollcall::store::sqlite
