// What operators want of single partitions.
#include "store/postgres/membership.hpp"

namespace rollcall::store::postgres {

namespace {

using sql::query;

std::string name_of(std::string_view collection, std::uint32_t partition) {
  return std::string(collection) + "/" + std::to_string(partition);
}

// The collection's number in the tables.
core::result<std::int64_t> find_partition(sql::session& db, std::string_view collection, std::uint32_t partition) {
  query q(db,
          "SELECT c.n FROM collections c JOIN partitions p ON p.collection = c.n WHERE c.id = ?1 AND p.part = ?2 FOR "
          "KEY SHARE",
          collection, partition);
  if (!q.next())
    return core::fail(core::error_code::not_found, "There is no partition " + name_of(collection, partition) + ".");
  return q.number(0);
}

core::status check_target(sql::session& db, const std::string& name) {
  query q(db, "SELECT state, roles FROM nodes WHERE name = ?1 AND state < 3 FOR KEY SHARE", name);
  if (!q.next())
    return core::fail(core::error_code::not_found, "There is no node " + name + ".");
  const bool may_take = static_cast<node_state>(q.number(0)) == node_state::active
                        && has_role(static_cast<std::uint8_t>(q.number(1)), node_role::shard);
  if (!may_take)
    return core::fail(core::error_code::conflict,
                      "The node " + name + " takes no partitions: it must be active, and have the role shard.");
  return core::nothing{};
}

bool holds(sql::session& db, std::int64_t collection, std::uint32_t partition, std::string_view node) {
  query q(db, "SELECT 1 FROM placements WHERE collection = ?1 AND part = ?2 AND node = ?3", collection, partition,
          node);
  return q.next();
}

core::status check_replicas(sql::session& db, std::int64_t collection, const replica_move& what) {
  const auto name = name_of(what.collection, what.partition);
  if (!holds(db, collection, what.partition, what.from))
    return core::fail(core::error_code::conflict, "The node " + what.from + " holds no replica of " + name
                                                      + ": rollcall partitions list shows who does.");
  if (holds(db, collection, what.partition, what.to))
    return core::fail(core::error_code::conflict, "The node " + what.to + " holds a replica of " + name + " already.");
  query q(db,
          "SELECT count(*) FROM pins WHERE collection = ?1 AND part = ?2 AND away = 0 AND node <> ?3 AND node <> ?4",
          collection, what.partition, what.from, what.to);
  if (q.next() && static_cast<std::size_t>(q.number(0)) >= what.replicas)
    return core::fail(core::error_code::conflict,
                      "All replicas of " + name
                          + " are pinned elsewhere: release them first (rollcall partitions "
                            "release "
                          + name + ").");
  return core::nothing{};
}

void put(sql::session& db, std::int64_t collection, std::uint32_t partition, std::string_view node, bool is_away) {
  sql::execute(db,
               "INSERT INTO pins (collection, part, node, away) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (collection, part, "
               "node) DO UPDATE SET away = excluded.away",
               collection, partition, node, is_away ? 1 : 0);
}

} // namespace

core::result<std::vector<placement_pin>> list_pins(sql::session& db) {
  query q(db, "SELECT c.key, p.part, p.node, p.away FROM pins p JOIN collections c ON c.n = p.collection "
              "ORDER BY c.key, p.part, p.node");
  std::vector<placement_pin> found;
  while (q.next())
    found.push_back({{q.id(0)}, static_cast<std::uint32_t>(q.number(1)), q.text(2), q.number(3) != 0});
  return found;
}

// The map's row first, so that placements and pins stay as they are now.
core::status pin(sql::session& db, const replica_move& what) {
  if (what.from == what.to)
    return core::fail(core::error_code::invalid_argument, "A replica moves from one node to another one.");
  static_cast<void>(next_version(db));
  ROLLCALL_TRY(const auto collection, find_partition(db, what.collection, what.partition));
  ROLLCALL_CHECK(check_target(db, what.to));
  ROLLCALL_CHECK(check_replicas(db, collection, what));
  put(db, collection, what.partition, what.from, true);
  put(db, collection, what.partition, what.to, false);
  return core::nothing{};
}

core::result<std::size_t> release_pins(sql::session& db, std::string_view collection, std::uint32_t partition) {
  static_cast<void>(next_version(db));
  ROLLCALL_TRY(const auto found, find_partition(db, collection, partition));
  return static_cast<std::size_t>(
      sql::change(db, "DELETE FROM pins WHERE collection = ?1 AND part = ?2", found, partition));
}

} // namespace rollcall::store::postgres
