#include "store/sql/doubling.hpp"

#include "store/checks.hpp"
#include "store/sql/references.hpp"

#include <algorithm>

namespace rollcall::store::sql {

namespace {

// What one transaction forgets: writers wait for it.
constexpr std::uint64_t mutations_at_once = 100'000;

// No write numbers anything meanwhile. In the order in which writes take them.
void hold_heads(session& db, std::int64_t collection, const partition_range& of) {
  query q(db, "SELECT part FROM partitions WHERE collection = ?1 AND part >= ?2 AND part < ?3 ORDER BY part FOR UPDATE",
          collection, of.first, of.first + of.count);
  while (q.next()) {
  }
}

// How much further the first half's number is.
std::uint32_t distance(const partition_shape& shape) {
  return shape.doubled().first - shape.numbered().first;
}

void mark_halves(session& db, std::int64_t collection, const partition_shape& shape) {
  const auto of = shape.numbered();
  if (shape.stage == doubling_stage::none)
    execute(db, "UPDATE partitions SET half = 0 WHERE collection = ?1 AND part >= ?2 AND part < ?3", collection,
            of.first, of.first + of.count);
  else
    execute(db, "UPDATE partitions SET half = part + ?4 WHERE collection = ?1 AND part >= ?2 AND part < ?3", collection,
            of.first, of.first + of.count, distance(shape));
}

void write_shape(session& db, std::int64_t collection, const partition_shape& shape) {
  execute(db, "UPDATE collections SET first = ?2, partitions = ?3, doubling = ?4, beside = ?5 WHERE n = ?1", collection,
          shape.serving.first, shape.serving.count, static_cast<int>(shape.stage), shape.beside_first);
}

// Each new partition goes on from the head of the one that it is split from; what was before it reads from the rows.
// The pins of operators hold for both halves.
void add_halves(session& db, std::int64_t collection, const partition_shape& shape) {
  const auto from = shape.numbered();
  for (const auto further : {distance(shape), distance(shape) + from.count}) {
    execute(db,
            "INSERT INTO partitions (collection, part, head, pruned) SELECT collection, part + ?2, head, head "
            "FROM partitions WHERE collection = ?1 AND part >= ?3 AND part < ?4",
            collection, further, from.first, from.first + from.count);
    if (db.has_table("pins"))
      execute(db,
              "INSERT INTO pins (collection, part, node, away) SELECT collection, part + ?2, node, away FROM pins "
              "WHERE collection = ?1 AND part >= ?3 AND part < ?4",
              collection, further, from.first, from.first + from.count);
  }
}

// Their sum alone is read.
void keep_counters(session& db, std::int64_t collection, const partition_shape& shape) {
  const auto to = shape.doubled().first;
  for (const std::string_view sql :
       {"UPDATE partitions SET faces = faces + (SELECT p.faces FROM partitions p WHERE p.collection = ?1 AND p.part = "
        "partitions.part - ?2) WHERE collection = ?1 AND part >= ?3 AND part < ?4",
        "UPDATE partitions SET users = users + (SELECT p.users FROM partitions p WHERE p.collection = ?1 AND p.part = "
        "partitions.part - ?2) WHERE collection = ?1 AND part >= ?3 AND part < ?4"})
    execute(db, sql, collection, distance(shape), to, to + shape.numbered().count);
}

struct order_left {
  std::uint32_t part = 0;
  std::uint64_t pruned = 0;
  std::uint64_t head = 0;
};

std::vector<order_left> list_order(session& db, std::int64_t collection, const partition_range& of) {
  query q(db,
          "SELECT part, pruned, head FROM partitions WHERE collection = ?1 AND part >= ?2 AND part < ?3 AND "
          "head > pruned ORDER BY part",
          collection, of.first, of.first + of.count);
  std::vector<order_left> found;
  while (q.next())
    found.push_back({static_cast<std::uint32_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1)),
                     static_cast<std::uint64_t>(q.number(2))});
  return found;
}

// True when no mutation of them is left.
bool forget_order(session& db, std::int64_t collection, const partition_range& of) {
  auto budget = mutations_at_once;
  for (const auto& [part, pruned, head] : list_order(db, collection, of)) {
    if (budget == 0)
      return false;
    const auto last = pruned + std::min(budget, head - pruned);
    budget -= last - pruned;
    execute(db, "DELETE FROM mutations WHERE collection = ?1 AND part = ?2 AND seq <= ?3", collection, part, last);
    execute(db, "UPDATE partitions SET pruned = ?3 WHERE collection = ?1 AND part = ?2", collection, part, last);
    if (last < head)
      return false;
  }
  return true;
}

void forget_partitions(session& db, std::int64_t collection, const partition_range& gone) {
  for (const std::string_view table : {"placements", "pins", "snapshots", "partitions"})
    if (db.has_table(table))
      execute(db, "DELETE FROM " + std::string(table) + " WHERE collection = ?1 AND part >= ?2 AND part < ?3",
              collection, gone.first, gone.first + gone.count);
}

core::result<std::vector<mutation_batch>> take_step(session& db, core::collection_key key, collection_row row,
                                                    doubling_step step) {
  const auto next = shape_after(row.shape, step);
  const auto numbered = row.shape.numbered();
  if (step != doubling_step::serve)
    hold_heads(db, row.n, numbered);
  if (step == doubling_step::begin) {
    add_halves(db, row.n, next);
    mark_halves(db, row.n, next);
    row.shape = next;
    change_set changes(row.shape.numbered());
    changes.mark_all();
    write_shape(db, row.n, next);
    return record_changes(db, key, row, std::move(changes));
  }
  if (step != doubling_step::serve) {
    const auto gone = *row.shape.beside();
    if (!forget_order(db, row.n, gone))
      return std::vector<mutation_batch>{};
    if (step == doubling_step::end)
      keep_counters(db, row.n, row.shape);
    else
      mark_halves(db, row.n, next);
    forget_partitions(db, row.n, gone);
  }
  write_shape(db, row.n, next);
  return std::vector<mutation_batch>{};
}

} // namespace

core::result<collection_shape> find_shape(session& db, std::string_view id) {
  ROLLCALL_TRY(auto record, find_collection(db, id));
  ROLLCALL_TRY(const auto row, find_row(db, record.key));
  record.partitions = row.shape.serving.count; // both as the second one saw it
  record.first_partition = row.shape.serving.first;
  return collection_shape{std::move(record), row.shape, row.dimension};
}

core::result<doubling_step_taken> take_doubling_step(session& db, std::string_view id, doubling_step step,
                                                     const partition_shape& seen) {
  // Before the collection's row, as whoever places partitions locks them.
  if (db.has_table("cluster"))
    execute(db, "UPDATE cluster SET map_version = map_version + 1");
  ROLLCALL_TRY(const auto record, find_collection(db, id));
  ROLLCALL_TRY(auto row, lock_row(db, record.key));
  ROLLCALL_CHECK(check_step({record, row.shape, row.dimension}, step, seen));
  const auto beside = row.shape.beside();
  ROLLCALL_TRY(auto mutations, take_step(db, record.key, std::move(row), step));
  ROLLCALL_TRY(auto now, find_shape(db, id));
  const bool is_over = now.shape.stage == doubling_stage::none;
  return doubling_step_taken{std::move(now), std::move(mutations), is_over ? beside : std::nullopt};
}

} // namespace rollcall::store::sql
