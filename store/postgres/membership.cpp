#include "store/postgres/membership.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>

namespace rollcall::store::postgres {

namespace {

using sql::query;
using std::chrono::milliseconds;

core::error no_node(std::string_view name) {
  return core::fail(core::error_code::not_found, "There is no node " + std::string(name) + ".");
}

core::status check(const node_record& node) {
  ROLLCALL_CHECK(check_node_name(node.name));
  if (!std::isfinite(node.capacity) || node.capacity <= 0)
    return core::fail(core::error_code::invalid_argument, "A node's capacity is a number above 0.");
  if (node.roles == 0 || node.roles > 31)
    return core::fail(core::error_code::invalid_argument, "A node has at least one role.");
  return core::nothing{};
}

milliseconds left(std::int64_t span) {
  return milliseconds{std::max<std::int64_t>(span, 0)};
}

struct naming {
  std::int64_t generation = 1;
  bool is_new = true; ///< another instance, or one that was given up or removed
};

// Whether the name is free for the instance, and what it is there then.
core::result<naming> take_name(sql::session& db, const std::string& name, const core::uuid& instance,
                               milliseconds lifetime) {
  query q(db, "SELECT generation, instance, state, store_now() - beat_at FROM nodes WHERE name = ?1 FOR NO KEY UPDATE",
          name);
  if (!q.next())
    return naming{};
  const auto is_gone = q.number(2) >= static_cast<int>(node_state::dead);
  if (q.id(1) == instance)
    return naming{q.number(0), is_gone};
  if (!is_gone && !q.id(1).is_nil() && q.number(3) < lifetime.count())
    return core::fail(core::error_code::conflict, "Another process runs as the node " + name
                                                      + ": stop it, or give this one another name (node.name).");
  return naming{q.number(0) + 1, true};
}

} // namespace

core::status check_node_name(std::string_view name) {
  const auto is_fine = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c == '.' || c == '-'; };
  if (name.empty() || name.size() > 64 || !std::all_of(name.begin(), name.end(), is_fine))
    return core::fail(core::error_code::invalid_argument,
                      "A node's name has 1 to 64 characters of A-Z, a-z, 0-9, _, . and -.");
  return core::nothing{};
}

core::result<core::uuid> cluster_id(sql::session& db) {
  query q(db, "SELECT id FROM cluster");
  if (!q.next())
    return core::fail(core::error_code::corrupt, "The store does not say which cluster it belongs to.");
  return q.id(0);
}

// -- nodes

core::result<node_record> register_node(sql::session& db, const node_record& node, const core::uuid& instance,
                                        milliseconds lifetime) {
  ROLLCALL_CHECK(check(node));
  ROLLCALL_TRY(const auto taken, take_name(db, node.name, instance, lifetime));
  if (taken.is_new)
    reload_placements(db, node.name);
  query q(
      db,
      "INSERT INTO nodes (name, generation, instance, roles, address, public_key, zone, capacity, version, beat_at) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, store_now()) ON CONFLICT (name) DO UPDATE SET "
      "generation = excluded.generation, instance = excluded.instance, roles = excluded.roles, "
      "address = excluded.address, public_key = excluded.public_key, zone = excluded.zone, "
      "capacity = excluded.capacity, version = excluded.version, beat_at = excluded.beat_at, "
      "state = CASE WHEN nodes.state >= 2 THEN 0 ELSE nodes.state END RETURNING state, lease_until - store_now()",
      node.name, taken.generation, instance, std::uint32_t{node.roles}, node.address, node.public_key, node.zone,
      static_cast<float>(node.capacity), node.version);
  ROLLCALL_ASSERT(q.next());
  auto made = node;
  made.generation = static_cast<std::uint64_t>(taken.generation);
  made.state = static_cast<node_state>(q.number(0));
  made.since_beat = {};
  made.lease_left = left(q.number(1));
  return made;
}

core::result<heartbeat> beat(sql::session& db, std::string_view name, std::uint64_t generation, milliseconds span,
                             std::string_view figures, const memory_report& memory) {
  {
    query q(db,
            "UPDATE nodes n SET beat_at = store_now(), figures = ?4, memory_used = ?5, memory_budget = ?6, "
            "lease_number = n.lease_number + CASE WHEN may.lease THEN 1 ELSE 0 END, "
            "lease_until = CASE WHEN may.lease THEN GREATEST(n.lease_until, store_now() + CAST(?3 AS BIGINT)) "
            "ELSE n.lease_until END, lease_span = CASE WHEN may.lease THEN CAST(?3 AS BIGINT) ELSE n.lease_span END "
            "FROM (SELECT name, state <> 2 AND CAST(?3 AS BIGINT) > 0 AND fenced_until <= store_now() AS lease "
            "FROM nodes WHERE name = ?1 FOR NO KEY UPDATE) may "
            "WHERE n.name = may.name AND n.generation = ?2 AND n.state < 3 "
            "RETURNING n.state, CASE WHEN may.lease THEN n.lease_span WHEN CAST(?3 AS BIGINT) > 0 AND n.state <> 2 "
            "THEN 0 ELSE n.lease_until - store_now() END",
            name, generation, std::int64_t{span.count()}, figures, static_cast<std::int64_t>(memory.used_bytes),
            static_cast<std::int64_t>(memory.budget_bytes));
    if (q.next())
      return heartbeat{static_cast<node_state>(q.number(0)), left(q.number(1))};
  }
  query q(db, "SELECT 1 FROM nodes WHERE name = ?1 AND state < 3", name);
  if (!q.next())
    return no_node(name);
  return core::fail(core::error_code::conflict, "Another process has taken the name of the node " + std::string(name)
                                                    + "; this one must stop serving.");
}

core::result<bool> fence(sql::session& db, std::string_view name, std::uint64_t seen, milliseconds span) {
  const auto fenced = sql::change(
      db,
      "UPDATE nodes SET fenced_until = store_now() + CAST(?3 AS BIGINT) WHERE name = ?1 AND state < 2 AND "
      "(lease_number > ?2 OR fenced_until > store_now()) AND NOT EXISTS (SELECT 1 FROM placements p WHERE p.node = ?1 "
      "AND p.state > 0 AND NOT EXISTS (SELECT 1 FROM placements o JOIN nodes n ON n.name = o.node WHERE "
      "o.collection = p.collection AND o.part = p.part AND o.node <> p.node AND o.state > 0 AND "
      "n.lease_until > store_now() AND n.fenced_until <= store_now()))",
      name, seen, std::int64_t{span.count()});
  if (fenced > 0)
    static_cast<void>(next_version(db)); // searches go elsewhere
  return fenced > 0;
}

core::status end_fence(sql::session& db, std::string_view name) {
  if (sql::change(db, "UPDATE nodes SET fenced_until = 0 WHERE name = ?1 AND fenced_until > store_now()", name) > 0)
    static_cast<void>(next_version(db));
  return core::nothing{};
}

core::status leave(sql::session& db, std::string_view name, std::uint64_t generation) {
  sql::execute(
      db,
      "UPDATE nodes SET instance = ?3, beat_at = store_now(), lease_until = 0, lease_number = lease_number + 1, "
      "lease_span = 0 WHERE name = ?1 AND generation = ?2",
      name, generation, core::uuid{});
  return core::nothing{};
}

core::result<std::vector<node_record>> list_nodes(sql::session& db) {
  query q(db, "SELECT name, generation, roles, address, public_key, zone, capacity, version, state, "
              "store_now() - beat_at, lease_until - store_now(), lease_number, lease_span, EXISTS (SELECT 1 FROM "
              "node_keys k WHERE k.node = nodes.name AND k.public_key = nodes.public_key), instance, memory_used, "
              "memory_budget, fenced_until > store_now() FROM nodes WHERE state < 3 ORDER BY name");
  std::vector<node_record> nodes;
  while (q.next())
    nodes.push_back({q.text(0),
                     static_cast<std::uint64_t>(q.number(1)),
                     static_cast<std::uint8_t>(q.number(2)),
                     q.text(3),
                     q.text(4),
                     q.text(5),
                     q.real(6),
                     q.text(7),
                     static_cast<node_state>(q.number(8)),
                     left(q.number(9)),
                     left(q.number(10)),
                     {static_cast<std::uint64_t>(q.number(11)), milliseconds{q.number(12)}},
                     q.number(13) != 0,
                     q.id(14).is_nil(),
                     {static_cast<std::uint64_t>(q.number(15)), static_cast<std::uint64_t>(q.number(16))},
                     q.number(17) != 0});
  return nodes;
}

core::result<std::vector<node_figures>> list_figures(sql::session& db) {
  query q(db, "SELECT name, state, store_now() - beat_at, figures, instance FROM nodes WHERE state < 3 ORDER BY name");
  std::vector<node_figures> all;
  while (q.next())
    all.push_back({q.text(0), static_cast<node_state>(q.number(1)), left(q.number(2)), q.text(3), q.id(4).is_nil()});
  return all;
}

namespace {

// The node's row until the transaction ends. Errors: `not_found`, `conflict` while its serving lease runs.
core::status hold_lapsed(sql::session& db, std::string_view name) {
  query q(db, "SELECT lease_until - store_now() FROM nodes WHERE name = ?1 AND state < 3 FOR UPDATE", name);
  if (!q.next())
    return no_node(name);
  if (q.number(0) > 0)
    return core::fail(core::error_code::conflict, "The node " + std::string(name) + " may answer searches for "
                                                      + std::to_string(q.number(0)) + " ms more: wait.");
  return core::nothing{};
}

} // namespace

core::status drain(sql::session& db, std::string_view name, bool is_drained) {
  {
    query q(db, "SELECT state FROM nodes WHERE name = ?1 AND state < 3 FOR NO KEY UPDATE", name);
    if (!q.next())
      return no_node(name);
    if (static_cast<node_state>(q.number(0)) == node_state::dead)
      return core::fail(core::error_code::conflict,
                        "The node " + std::string(name)
                            + " is dead: it holds nothing, and joins again when it starts.");
  }
  const auto state = is_drained ? node_state::draining : node_state::active;
  sql::execute(db, "UPDATE nodes SET state = ?2 WHERE name = ?1", name, static_cast<int>(state));
  static_cast<void>(next_version(db));
  return core::nothing{};
}

core::status mark_node(sql::session& db, std::string_view name, node_state state, std::uint64_t token) {
  ROLLCALL_CHECK(hold_token(db, token));
  if (state == node_state::dead)
    ROLLCALL_CHECK(hold_lapsed(db, name));
  if (sql::change(db, "UPDATE nodes SET state = ?2 WHERE name = ?1 AND state < 3", name, static_cast<int>(state)) == 0)
    return no_node(name);
  return core::nothing{};
}

namespace {

// The row of a node that does not run, until the transaction ends. Not FOR UPDATE: with the map's row, which is locked
// after it, that would wait for whoever puts placements and for whom they wait.
core::status hold_stopped(sql::session& db, std::string_view name, const node_removal& how) {
  query q(db,
          "SELECT state, store_now() - beat_at, lease_until - store_now(), lease_number, instance FROM nodes WHERE "
          "name = ?1 AND state < 3 FOR NO KEY UPDATE",
          name);
  if (!q.next())
    return no_node(name);
  const auto node = std::string(name);
  if (static_cast<node_state>(q.number(0)) == node_state::active)
    return core::fail(core::error_code::conflict,
                      "The node " + node + " is active: drain it first (rollcall nodes drain " + node
                          + "). One that is silent is given up after cluster.dead_after, and can be removed then.");
  const bool was_heard = (!q.id(4).is_nil() && q.number(1) < how.lifetime.count()) || q.number(2) > 0
                         || static_cast<std::uint64_t>(q.number(3)) != how.seen.number;
  if (was_heard && static_cast<node_state>(q.number(0)) != node_state::dead)
    return core::fail(core::error_code::conflict,
                      "The node " + node + " runs, or did a moment ago: stop it, else it would come back by itself.");
  return core::nothing{};
}

core::error would_be_left(std::string_view name, const std::vector<named_partition>& sole) {
  constexpr std::size_t most_named = 50;
  std::string names;
  for (std::size_t i = 0; i < std::min(sole.size(), most_named); ++i)
    names += (i == 0 ? "" : ", ") + sole[i].collection + "/" + std::to_string(sole[i].partition);
  if (sole.size() > most_named)
    names += " and " + std::to_string(sole.size() - most_named) + " more";
  return core::fail(core::error_code::conflict,
                    "The node " + std::string(name) + " is the last that answers for " + names
                        + ". Start it again until they have moved, or remove it by force: searches lack them until "
                          "other nodes have loaded them from the store.");
}

} // namespace

core::result<std::vector<named_partition>> remove_node(sql::session& db, std::string_view name,
                                                       const node_removal& how) {
  ROLLCALL_CHECK(hold_stopped(db, name, how));
  static_cast<void>(next_version(db)); // placements stay as they are now until the transaction ends
  auto sole = find_sole(db, name);
  if (!sole.empty() && !how.is_forced)
    return would_be_left(name, sole);
  sql::execute(db, "DELETE FROM placements WHERE node = ?1", name);
  sql::execute(db, "DELETE FROM pins WHERE node = ?1", name);
  sql::execute(db, "DELETE FROM snapshots WHERE node = ?1", name);
  sql::execute(db, "DELETE FROM node_keys WHERE node = ?1", name);
  sql::execute(db,
               "UPDATE nodes SET state = 3, lease_until = 0, lease_number = lease_number + 1, lease_span = 0 WHERE "
               "name = ?1",
               name);
  return sole;
}

// -- leases

core::result<std::optional<lease>> take_lease(sql::session& db, std::string_view name, std::string_view holder,
                                              milliseconds span) {
  sql::execute(db, "INSERT INTO leases (name, holder, token, until) VALUES (?1, '', 0, 0) ON CONFLICT DO NOTHING",
               name);
  bool is_running = false;
  bool is_ours = false;
  {
    query q(db, "SELECT holder, until > store_now() FROM leases WHERE name = ?1 FOR UPDATE", name);
    ROLLCALL_ASSERT(q.next());
    is_ours = q.text(0) == holder;
    is_running = q.number(1) != 0;
  }
  if (is_running && !is_ours)
    return std::optional<lease>{};
  query q(db,
          "UPDATE leases SET holder = ?2, token = token + ?3, until = GREATEST(until, store_now() + ?4) "
          "WHERE name = ?1 RETURNING token, until - store_now()",
          name, holder, is_running ? 0 : 1, std::int64_t{span.count()});
  ROLLCALL_ASSERT(q.next());
  return std::optional{lease{static_cast<std::uint64_t>(q.number(0)), left(q.number(1))}};
}

core::status release_lease(sql::session& db, std::string_view name, std::string_view holder) {
  sql::execute(db, "UPDATE leases SET until = 0 WHERE name = ?1 AND holder = ?2", name, holder);
  return core::nothing{};
}

core::status hold_token(sql::session& db, std::uint64_t token) {
  query q(db, "SELECT token = ?2 AND until > store_now() FROM leases WHERE name = ?1 FOR SHARE", controller_lease,
          token);
  if (!q.next() || q.number(0) == 0)
    return core::fail(core::error_code::conflict, "Another node is the controller now.");
  return core::nothing{};
}

} // namespace rollcall::store::postgres
