#include "store/postgres/membership.hpp"

namespace rollcall::store::postgres {

using sql::query;

core::status remember_snapshot(sql::session& db, std::string_view node, const snapshot_note& what,
                               const std::optional<core::sha256_digest>& kept) {
  const core::byte_view digest{what.digest};
  const core::byte_view old{kept ? *kept : what.digest};
  sql::execute(db,
               "DELETE FROM snapshots WHERE collection = (SELECT n FROM collections WHERE key = ?1) AND part = ?2 AND "
               "node = ?3 AND digest <> ?4",
               what.collection, what.partition, node, old);
  const auto added = sql::change(db,
                                 "INSERT INTO snapshots (collection, part, node, digest) SELECT c.n, p.part, "
                                 "CAST(?3 AS TEXT), CAST(?4 AS BYTEA) FROM collections c JOIN partitions p ON "
                                 "p.collection = c.n WHERE c.key = ?1 AND p.part = ?2 ON CONFLICT (collection, part, "
                                 "node, digest) DO UPDATE SET digest = excluded.digest",
                                 what.collection, what.partition, node, digest);
  if (added == 0)
    return core::fail(core::error_code::not_found, "There is no such partition any more.");
  return core::nothing{};
}

core::result<bool> knows_snapshot(sql::session& db, const snapshot_note& what) {
  query q(db,
          "SELECT 1 FROM snapshots s JOIN collections c ON c.n = s.collection WHERE c.key = ?1 AND s.part = ?2 AND "
          "s.digest = ?3",
          what.collection, what.partition, core::byte_view{what.digest});
  return q.next();
}

} // namespace rollcall::store::postgres
