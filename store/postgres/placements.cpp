#include "store/postgres/membership.hpp"

namespace rollcall::store::postgres {

namespace {

using sql::query;

core::error no_place(const placement& what) {
  return core::fail(core::error_code::not_found, "There is no partition " + std::to_string(what.partition)
                                                     + " of that collection, or no node " + what.node
                                                     + ": read both again.");
}

constexpr int number(placement_state state) {
  return static_cast<int>(state);
}

// Changes the state of a placement that has the state `from`.
std::uint64_t move(sql::session& db, const placement& what, placement_state from) {
  return sql::change(db,
                     "UPDATE placements SET state = ?4 WHERE collection = (SELECT n FROM collections WHERE key = ?1) "
                     "AND part = ?2 AND node = ?3 AND state = ?5",
                     what.collection, what.partition, what.node, number(what.state), number(from));
}

void remove(sql::session& db, const placement& what) {
  sql::execute(db,
               "DELETE FROM placements WHERE collection = (SELECT n FROM collections WHERE key = ?1) AND part = ?2 "
               "AND node = ?3 AND state = ?4",
               what.collection, what.partition, what.node, number(what.state));
}

core::status put(sql::session& db, const placement& what) {
  query q(db,
          "SELECT c.n FROM collections c JOIN partitions p ON p.collection = c.n, nodes n WHERE c.key = ?1 AND "
          "p.part = ?2 AND n.name = ?3 AND n.state < 3",
          what.collection, what.partition, what.node);
  if (!q.next())
    return no_place(what);
  sql::execute(db,
               "INSERT INTO placements (collection, part, node, state) VALUES (?1, ?2, ?3, 0) ON CONFLICT DO NOTHING",
               q.number(0), what.partition, what.node);
  return core::nothing{};
}

} // namespace

std::uint64_t next_version(sql::session& db) {
  query q(db, "UPDATE cluster SET map_version = map_version + 1 RETURNING map_version");
  ROLLCALL_ASSERT(q.next());
  return static_cast<std::uint64_t>(q.number(0));
}

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
      remove(db, what);
    else if (what.state == placement_state::loading)
      ROLLCALL_CHECK(put(db, what));
    else
      static_cast<void>(
          move(db, what, what.state == placement_state::ready ? placement_state::leaving : placement_state::ready));
  }
  return version;
}

core::result<std::uint64_t> map_version(sql::session& db) {
  query q(db, "SELECT map_version FROM cluster");
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

// One statement: heads and states of one moment.
core::result<std::vector<share_entry>> find_share(sql::session& db, std::string_view node) {
  query q(
      db,
      "SELECT c.key, p.part, p.state, h.head FROM placements p JOIN collections c ON c.n = p.collection "
      "JOIN partitions h ON h.collection = p.collection AND h.part = p.part WHERE p.node = ?1 ORDER BY c.key, p.part",
      node);
  std::vector<share_entry> share;
  while (q.next())
    share.push_back({{q.id(0)},
                     static_cast<std::uint32_t>(q.number(1)),
                     static_cast<placement_state>(q.number(2)),
                     static_cast<std::uint64_t>(q.number(3))});
  return share;
}

core::result<std::vector<holder>> find_holders(sql::session& db, core::collection_key collection,
                                               std::span<const std::uint32_t> partitions) {
  std::string parts = "{";
  for (const auto partition : partitions)
    parts += (parts.size() > 1 ? "," : "") + std::to_string(partition);
  parts += "}";
  query q(
      db,
      "SELECT p.part, p.node, n.lease_number, n.lease_span FROM placements p JOIN collections c ON c.n = p.collection "
      "JOIN nodes n ON n.name = p.node WHERE c.key = ?1 AND p.part = ANY (CAST(CAST(?2 AS TEXT) AS BIGINT[])) AND "
      "p.state > 0 "
      "ORDER BY p.part, p.node",
      collection, parts);
  std::vector<holder> found;
  while (q.next())
    found.push_back({static_cast<std::uint32_t>(q.number(0)),
                     q.text(1),
                     {static_cast<std::uint64_t>(q.number(2)), std::chrono::milliseconds{q.number(3)}}});
  return found;
}

core::status report(sql::session& db, std::string_view node, std::uint64_t generation,
                    std::span<const placement> done) {
  {
    query q(db, "SELECT generation = ?2 FROM nodes WHERE name = ?1 FOR SHARE", node, generation);
    if (!q.next() || q.number(0) == 0)
      return core::fail(core::error_code::conflict,
                        "Another process has taken the name of the node " + std::string(node) + ".");
  }
  static_cast<void>(next_version(db));
  for (auto one : done) {
    one.node = node;
    if (one.state == placement_state::ready)
      static_cast<void>(move(db, one, placement_state::loading));
    else if (one.state == placement_state::leaving)
      remove(db, one);
  }
  return core::nothing{};
}

std::vector<named_partition> find_sole(sql::session& db, std::string_view node) {
  query q(db,
          "SELECT c.id, p.part FROM placements p JOIN collections c ON c.n = p.collection WHERE p.node = ?1 AND "
          "p.state > 0 AND NOT EXISTS (SELECT 1 FROM placements o JOIN nodes n ON n.name = o.node WHERE "
          "o.collection = p.collection AND o.part = p.part AND o.node <> p.node AND o.state > 0 AND n.state <> 2) "
          "ORDER BY c.id, p.part",
          node);
  std::vector<named_partition> found;
  while (q.next())
    found.push_back({q.text(0), static_cast<std::uint32_t>(q.number(1))});
  return found;
}

void reload_placements(sql::session& db, std::string_view node) {
  static_cast<void>(next_version(db));
  sql::execute(db, "UPDATE placements SET state = 0 WHERE node = ?1", node);
}

} // namespace rollcall::store::postgres
