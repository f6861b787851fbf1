#include "store/postgres/membership.hpp"

namespace rollcall::store::postgres {

namespace {

using sql::query;

core::error no_place(const placement& what) {
  return core::fail(core::error_code::not_found, "There is no partition " + std::to_string(what.partition)
                                                     + " of that collection, or no node " + what.node
                                                     + ": read both again.");
}

// Without effect, 0 rows, where collection, partition or node is gone.
std::uint64_t put(sql::session& db, const placement& what) {
  return sql::change(db,
                     "INSERT INTO placements (collection, part, node, state) SELECT c.n, p.part, n.name, "
                     "CAST(?4 AS BIGINT) FROM collections c JOIN partitions p ON p.collection = c.n, nodes n "
                     "WHERE c.key = ?1 AND p.part = ?2 AND n.name = ?3 "
                     "ON CONFLICT (collection, part, node) DO UPDATE SET state = excluded.state",
                     what.collection, what.partition, what.node, static_cast<int>(what.state));
}

std::uint64_t next_version(sql::session& db) {
  query q(db, "UPDATE cluster SET map_version = map_version + 1 RETURNING map_version");
  ROLLCALL_ASSERT(q.next());
  return static_cast<std::uint64_t>(q.number(0));
}

} // namespace

core::result<cluster_map> find_map(sql::session& db) {
  cluster_map found;
  {
    query q(db, "SELECT map_version FROM cluster");
    found.version = q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
  }
  query q(db, "SELECT c.key, p.part, p.node, p.state FROM placements p JOIN collections c ON c.n = p.collection "
              "ORDER BY c.key, p.part, p.node");
  while (q.next())
    found.placements.push_back(
        {{q.id(0)}, static_cast<std::uint32_t>(q.number(1)), q.text(2), static_cast<placement_state>(q.number(3))});
  return found;
}

core::result<std::uint64_t> change_placements(sql::session& db, std::span<const placement_change> changes,
                                              std::uint64_t token) {
  ROLLCALL_CHECK(hold_token(db, token));
  const auto version = next_version(db); // readers of the map see all of a change or nothing
  for (const auto& [what, is_gone] : changes) {
    if (is_gone)
      sql::execute(db,
                   "DELETE FROM placements WHERE collection = (SELECT n FROM collections WHERE key = ?1) AND part = ?2 "
                   "AND node = ?3",
                   what.collection, what.partition, what.node);
    else if (put(db, what) == 0)
      return no_place(what);
  }
  return version;
}

core::status report_ready(sql::session& db, core::collection_key collection, std::uint32_t partition,
                          std::string_view node, std::uint64_t generation) {
  {
    query q(db, "SELECT generation = ?2 FROM nodes WHERE name = ?1 FOR SHARE", node, generation);
    if (!q.next() || q.number(0) == 0)
      return core::fail(core::error_code::conflict,
                        "Another process has taken the name of the node " + std::string(node) + ".");
  }
  std::optional<placement_state> state;
  {
    query q(
        db,
        "SELECT p.state FROM placements p JOIN collections c ON c.n = p.collection WHERE c.key = ?1 AND p.part = ?2 "
        "AND p.node = ?3 FOR UPDATE OF p",
        collection, partition, node);
    if (q.next())
      state = static_cast<placement_state>(q.number(0));
  }
  if (!state)
    return no_place({collection, partition, std::string(node), {}});
  if (*state != placement_state::loading)
    return core::nothing{};
  static_cast<void>(next_version(db));
  return put(db, {collection, partition, std::string(node), placement_state::ready}) == 1
             ? core::status{core::nothing{}}
             : no_place({collection, partition, std::string(node), {}});
}

} // namespace rollcall::store::postgres
