#include "store/sqlite/collections.hpp"

#include "store/checks.hpp"

namespace rollcall::store::sqlite {

namespace {

// Columns of a collection_record, in the order that `read_record` expects.
#define ROLLCALL_COLLECTION_COLUMNS "key, id, model_version, partitions, created"

collection_record read_record(const query& q) {
  return {{q.id(0)}, q.text(1), q.text(2), static_cast<std::uint32_t>(q.number(3)), q.time(4)};
}

bool is_taken(connection& db, const collection_record& record) {
  query q(db, "SELECT 1 FROM collections WHERE id = ?1 OR key = ?2", record.id, record.key);
  return q.next();
}

core::status write_tags(connection& db, std::int64_t collection, const tags& with) {
  for (const auto& [name, value] : with)
    query(db,
          "INSERT INTO tags VALUES (?1, ?2, ?3) ON CONFLICT (collection, name) DO UPDATE SET value = excluded.value",
          collection, name, value)
        .run();
  query q(db, "SELECT count(*) FROM tags WHERE collection = ?1", collection);
  if (q.next() && static_cast<std::size_t>(q.number(0)) > most_tags)
    return too_many_tags();
  return core::nothing{};
}

} // namespace

core::result<collection_row> find_row(connection& db, core::collection_key key) {
  query q(db, "SELECT n, partitions, model_version, dimension FROM collections WHERE key = ?1", key);
  if (!q.next())
    return no_collection();
  return collection_row{q.number(0), static_cast<std::uint32_t>(q.number(1)), q.text(2),
                        static_cast<std::size_t>(q.number(3))};
}

void add_to_counts(connection& db, const collection_row& collection, std::int64_t faces, std::int64_t users) {
  if (faces != 0 || users != 0)
    query(db, "UPDATE collections SET faces = faces + ?2, users = users + ?3 WHERE n = ?1", collection.n, faces, users)
        .run();
}

core::result<collection_record> create_collection(connection& db, const collection_record& record, const tags& with) {
  ROLLCALL_CHECK(check_collection(record, with));
  if (is_taken(db, record))
    return core::fail(core::error_code::already_exists, "the collection id: " + record.id + " already exists");
  query(db, "INSERT INTO collections (" ROLLCALL_COLLECTION_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5)", record.key,
        record.id, record.model_version, record.partitions, record.created)
      .run();
  const auto n = db.last_row();
  for (std::uint32_t part = 0; part < record.partitions; ++part)
    query(db, "INSERT INTO partitions (collection, part) VALUES (?1, ?2)", n, part).run();
  ROLLCALL_CHECK(write_tags(db, n, with));
  return record;
}

core::result<collection_record> delete_collection(connection& db, std::string_view id) {
  ROLLCALL_TRY(auto record, find_collection(db, id));
  ROLLCALL_TRY(const auto row, find_row(db, record.key));
  query(db,
        "UPDATE counters SET value = value - (SELECT count(*) FROM client_tokens WHERE collection = ?1) "
        "WHERE name = 'client_tokens'",
        row.n)
      .run();
  // Those that refer to another come before it.
  for (const std::string_view sql :
       {"DELETE FROM client_tokens WHERE collection = ?1", "DELETE FROM embeddings WHERE collection = ?1",
        "DELETE FROM mutations WHERE collection = ?1", "DELETE FROM faces WHERE collection = ?1",
        "DELETE FROM users WHERE collection = ?1", "DELETE FROM partitions WHERE collection = ?1",
        "DELETE FROM tags WHERE collection = ?1", "DELETE FROM collections WHERE n = ?1"})
    query(db, sql, row.n).run();
  return record;
}

core::result<collection_record> find_collection(connection& db, std::string_view id) {
  query q(db, "SELECT " ROLLCALL_COLLECTION_COLUMNS " FROM collections WHERE id = ?1", id);
  if (!q.next())
    return no_collection();
  return read_record(q);
}

core::result<collection_counts> count(connection& db, core::collection_key key) {
  query q(db, "SELECT faces, users FROM collections WHERE key = ?1", key);
  if (!q.next())
    return no_collection();
  return collection_counts{static_cast<std::uint64_t>(q.number(0)), static_cast<std::uint64_t>(q.number(1))};
}

core::result<page<collection_record, std::string>> list_collections(connection& db, std::string_view after,
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

core::result<tags> find_tags(connection& db, core::collection_key key) {
  ROLLCALL_TRY(const auto row, find_row(db, key));
  query q(db, "SELECT name, value FROM tags WHERE collection = ?1", row.n);
  tags found;
  while (q.next())
    found.emplace(q.text(0), q.text(1));
  return found;
}

core::status add_tags(connection& db, core::collection_key key, const tags& with) {
  ROLLCALL_TRY(const auto row, find_row(db, key));
  return write_tags(db, row.n, with);
}

core::status remove_tags(connection& db, core::collection_key key, std::span<const std::string> names) {
  ROLLCALL_TRY(const auto row, find_row(db, key));
  for (const auto& name : names)
    query(db, "DELETE FROM tags WHERE collection = ?1 AND name = ?2", row.n, name).run();
  return core::nothing{};
}

} // namespace rollcall::store::sqlite
