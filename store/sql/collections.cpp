#include "store/sql/collections.hpp"

#include "store/checks.hpp"

namespace rollcall::store::sql {

namespace {

// Columns of a collection_record, in the order that `read_record` expects.
#define ROLLCALL_COLLECTION_COLUMNS "key, id, model_version, partitions, created, first, recall_floor"

collection_record read_record(const query& q) {
  return {{q.id(0)}, q.text(1),
          q.text(2), static_cast<std::uint32_t>(q.number(3)),
          q.time(4), static_cast<std::uint32_t>(q.number(5)),
          q.real(6)};
}

bool is_taken(session& db, const collection_record& record) {
  query q(db, "SELECT 1 FROM collections WHERE id = ?1 OR key = ?2", record.id, record.key);
  return q.next();
}

core::status write_tags(session& db, std::int64_t collection, const tags& with) {
  for (const auto& [name, value] : with)
    execute(db,
            "INSERT INTO tags VALUES (?1, ?2, ?3) ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value",
            collection, name, value);
  query q(db, "SELECT count(*) FROM tags WHERE collection = ?1", collection);
  if (q.next() && static_cast<std::size_t>(q.number(0)) > most_tags)
    return too_many_tags();
  return core::nothing{};
}

#define ROLLCALL_SELECT_COLLECTION_ROW                                                                                 \
  "SELECT n, first, partitions, doubling, beside, stored, model_version, dimension FROM collections WHERE key = ?1"

core::result<collection_row> read_row(query& q) {
  if (!q.next())
    return no_collection();
  const auto small = [&](int column) { return static_cast<std::uint32_t>(q.number(column)); };
  return collection_row{q.number(0),
                        {{small(1), small(2)}, static_cast<doubling_stage>(q.number(3)), small(4)},
                        small(5),
                        q.text(6),
                        static_cast<std::size_t>(q.number(7))};
}

} // namespace

core::result<collection_row> find_row(session& db, core::collection_key key) {
  query q(db, ROLLCALL_SELECT_COLLECTION_ROW, key);
  return read_row(q);
}

core::result<collection_row> hold_row(session& db, core::collection_key key) {
  query q(db, ROLLCALL_SELECT_COLLECTION_ROW " FOR KEY SHARE", key);
  return read_row(q);
}

core::result<collection_row> lock_row(session& db, core::collection_key key) {
  query q(db, ROLLCALL_SELECT_COLLECTION_ROW " FOR NO KEY UPDATE", key);
  return read_row(q);
}

core::result<collection_record> create_collection(session& db, const collection_record& record, const tags& with) {
  ROLLCALL_CHECK(check_collection(record, with));
  if (is_taken(db, record))
    return core::fail(core::error_code::already_exists, "the collection id: " + record.id + " already exists");
  query made(db,
             "INSERT INTO collections (" ROLLCALL_COLLECTION_COLUMNS
             ", beside, stored) VALUES (?1, ?2, ?3, ?4, ?5, 0, 1, ?4, ?4) RETURNING n",
             record.key, record.id, record.model_version, record.partitions, record.created);
  ROLLCALL_ASSERT(made.next());
  const auto n = made.number(0);
  for (std::uint32_t part = 0; part < record.partitions; ++part)
    execute(db, "INSERT INTO partitions (collection, part) VALUES (?1, ?2)", n, part);
  ROLLCALL_CHECK(write_tags(db, n, with));
  auto made_record = record;
  made_record.first_partition = 0;
  made_record.recall_floor = 1;
  return made_record;
}

core::result<collection_record> delete_collection(session& db, std::string_view id) {
  std::int64_t n = 0;
  {
    query q(db, "SELECT n FROM collections WHERE id = ?1 FOR UPDATE", id);
    if (!q.next())
      return no_collection();
    n = q.number(0);
  }
  ROLLCALL_TRY(auto record, find_collection(db, id));
  // Those that refer to another come before it.
  const auto tokens = change(db, "DELETE FROM client_tokens WHERE collection = ?1", n);
  execute(db, "UPDATE counters SET value = value - ?1 WHERE name = 'client_tokens'", tokens);
  for (const std::string_view sql :
       {"DELETE FROM embeddings WHERE collection = ?1", "DELETE FROM mutations WHERE collection = ?1",
        "DELETE FROM faces WHERE collection = ?1", "DELETE FROM users WHERE collection = ?1",
        "DELETE FROM partitions WHERE collection = ?1", "DELETE FROM tags WHERE collection = ?1",
        "DELETE FROM collections WHERE n = ?1"})
    execute(db, sql, n);
  return record;
}

core::result<collection_record> find_collection(session& db, std::string_view id) {
  query q(db, "SELECT " ROLLCALL_COLLECTION_COLUMNS " FROM collections WHERE id = ?1", id);
  if (!q.next())
    return no_collection();
  return read_record(q);
}

core::result<collection_record> set_recall_floor(session& db, std::string_view id, float to) {
  ROLLCALL_CHECK(check_recall_floor(to));
  execute(db, "UPDATE collections SET recall_floor = ?2 WHERE id = ?1", id, to);
  return find_collection(db, id);
}

core::result<collection_counts> count(session& db, core::collection_key key) {
  ROLLCALL_TRY(const auto row, find_row(db, key));
  query q(db, "SELECT CAST(sum(faces) AS BIGINT), CAST(sum(users) AS BIGINT) FROM partitions WHERE collection = ?1",
          row.n);
  if (!q.next())
    return no_collection();
  return collection_counts{static_cast<std::uint64_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1))};
}

core::result<page<collection_record, std::string>> list_collections(session& db, std::string_view after,
                                                                    std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  query q(db, "SELECT " ROLLCALL_COLLECTION_COLUMNS " FROM collections WHERE id > ?1 ORDER BY id LIMIT ?2", after,
          one_more(limit));
  page<collection_record, std::string> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().id;
      break;
    }
    found.rows.push_back(read_record(q));
  }
  return found;
}

core::result<tags> find_tags(session& db, core::collection_key key) {
  ROLLCALL_TRY(const auto row, find_row(db, key));
  query q(db, "SELECT name, value FROM tags WHERE collection = ?1", row.n);
  tags found;
  while (q.next())
    found.emplace(q.text(0), q.text(1));
  return found;
}

core::status add_tags(session& db, core::collection_key key, const tags& with) {
  ROLLCALL_TRY(const auto row, lock_row(db, key));
  return write_tags(db, row.n, with);
}

core::status remove_tags(session& db, core::collection_key key, std::span<const std::string> names) {
  ROLLCALL_TRY(const auto row, lock_row(db, key));
  for (const auto& name : names)
    execute(db, "DELETE FROM tags WHERE collection = ?1 AND name = ?2", row.n, name);
  return core::nothing{};
}

} // namespace rollcall::store::sql
