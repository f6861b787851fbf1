#include "store/backup/site.hpp"

#include "core/big_endian.hpp"
#include "store/checks.hpp"
#include "store/secret_box.hpp"
#include "store/sql/keys.hpp"
#include "store/store.hpp"

#include <algorithm>
#include <bit>
#include <istream>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rollcall::store {

namespace {

using namespace backup;

struct partition_row {
  std::int64_t head = 0;
  std::int64_t faces = 0;
  std::int64_t users = 0;
};

core::uuid id_of(const field& from) {
  core::uuid id;
  std::copy(from.bytes.begin(), from.bytes.end(), id.value.begin());
  return id;
}

// Spreads what is restored over partitions, whose heads and counts begin anew. Their mutations are all gone, as far as
// a shard can tell: it loads the references.
class spreading {
public:
  explicit spreading(std::optional<std::uint32_t> wanted) : wanted_(wanted) {}

  /// Errors: `corrupt`.
  core::status take(block& rows) {
    const auto id = rows.of->id;
    if (id != table_id::collections && id != table_id::faces && id != table_id::users && id != table_id::embeddings)
      return core::nothing{};
    std::span<std::uint8_t> rest = rows.payload;
    while (!rest.empty()) {
      ROLLCALL_TRY(const auto row, take_row(*rows.of, rest));
      ROLLCALL_CHECK(id == table_id::collections ? take_collection(row) : take_member(id, row));
    }
    return core::nothing{};
  }

  void store(sql::session& db) const {
    for (const auto& [collection, rows] : collections_)
      for (std::size_t first = 0; first < rows.size(); first += rows_at_once)
        insert(db, collection, std::span(rows).subspan(first, std::min(rows_at_once, rows.size() - first)), first);
  }

private:
  static constexpr std::size_t rows_at_once = 256; // a power of two, as their number is

  // One statement: there may be 65,536 of each collection.
  static void insert(sql::session& db, std::int64_t collection, std::span<const partition_row> rows,
                     std::size_t first) {
    std::string text = "INSERT INTO partitions (collection, part, head, pruned, faces, users) VALUES ";
    std::vector<sql::value> values{collection};
    for (std::size_t at = 0; at < rows.size(); ++at) {
      const auto next = values.size() + 1;
      const auto number = [next](std::size_t column) { return "?" + std::to_string(next + column); };
      text += (at == 0 ? "(?1, " : ", (?1, ") + number(0) + ", " + number(1) + ", " + number(1) + ", " + number(2)
              + ", " + number(3) + ")";
      values.insert(values.end(),
                    {static_cast<std::int64_t>(first + at), rows[at].head, rows[at].faces, rows[at].users});
    }
    db.execute(text, values);
  }

  core::status take_collection(std::span<const field> row) {
    const auto partitions = wanted_ ? std::uint64_t{*wanted_} : core::read_big_endian(row[4].bytes);
    if (!std::has_single_bit(partitions) || partitions > most_partitions)
      return core::fail(core::error_code::corrupt, "a collection of the backup has an impossible number of partitions");
    write_number(row[4], partitions);
    collections_[static_cast<std::int64_t>(core::read_big_endian(row[0].bytes))].resize(partitions);
    return core::nothing{};
  }

  core::status take_member(table_id id, std::span<const field> row) {
    const auto& collection = row[id == table_id::embeddings ? 0 : 1];
    const auto found = collections_.find(static_cast<std::int64_t>(core::read_big_endian(collection.bytes)));
    if (found == collections_.end())
      return core::fail(core::error_code::corrupt, "the backup has a face or user of a collection that it has not");
    auto& rows = found->second;
    const auto part =
        partition_of(id_of(row[id == table_id::embeddings ? 3 : 2]), static_cast<std::uint32_t>(rows.size()));
    if (id == table_id::faces)
      ++rows[part].faces;
    else if (id == table_id::users)
      ++rows[part].users;
    else {
      write_number(row[1], part);
      write_number(row[4], static_cast<std::uint64_t>(++rows[part].head));
    }
    return core::nothing{};
  }

  std::optional<std::uint32_t> wanted_;
  std::map<std::int64_t, std::vector<partition_row>> collections_;
};

core::status check_empty(sql::session& db) {
  for (const auto& each : tables())
    if (sql::query(db, "SELECT 1 FROM " + std::string(each.name) + " LIMIT 1").next())
      return core::fail(core::error_code::conflict, "the store is not empty (" + std::string(each.name)
                                                        + "): restore into a new database or data directory");
  return core::nothing{};
}

// What no constraint of the database sees to. Each statement counts the rows that should not be. Where every embedding
// has a face of its own, as a constraint and the rule before see to, those without are the ones that are more: to look
// for each face's embedding takes SQLite, which finds them by partition, the square of their number.
core::status check_whole(site& in) {
  static constexpr std::pair<const char*, const char*> rules[] = {
      {"embeddings without face",
       "SELECT count(*) FROM embeddings e LEFT JOIN faces f ON f.collection = e.collection AND f.id = e.id "
       "WHERE e.kind = 0 AND f.id IS NULL"},
      {"faces without embedding",
       "SELECT (SELECT count(*) FROM faces) - (SELECT count(*) FROM embeddings WHERE kind = 0)"},
      {"user vectors without user",
       "SELECT count(*) FROM embeddings e LEFT JOIN users u ON u.collection = e.collection AND u.key = e.id "
       "WHERE e.kind <> 0 AND (u.key IS NULL OR e.kind <> 1 OR u.faces = 0)"},
      {"users without vector",
       "SELECT (SELECT count(*) FROM users WHERE faces > 0) - (SELECT count(*) FROM embeddings WHERE kind = 1)"},
      {"wrong counts of a user's faces",
       "SELECT count(*) FROM users u WHERE u.faces <> (SELECT count(*) FROM faces f WHERE f.\"user\" = u.n)"},
      {"embeddings of a wrong dimension", "SELECT count(*) FROM embeddings e JOIN collections c ON c.n = e.collection "
                                          "WHERE length(e.vector) <> 4 * c.dimension"},
  };
  for (const auto& [name, sql] : rules) {
    in.renew();
    sql::query q(in.db(), sql);
    if (q.next() && q.number(0) != 0)
      return core::fail(core::error_code::corrupt, "the backup does not fit together (" + std::string(name) + ": "
                                                       + std::to_string(q.number(0)) + "): nothing was stored");
  }
  return core::nothing{};
}

// As soon as the keys are in: they come first.
core::status check_secrets(sql::session& db, const std::filesystem::path& key_file) {
  std::error_code ignored;
  if (!std::filesystem::exists(key_file, ignored))
    return core::fail(core::error_code::invalid_config,
                      "there is no " + key_file.string()
                          + ", under which the access keys were sealed: copy it there from the cluster that was backed "
                            "up, mode 0600");
  ROLLCALL_TRY(const auto secrets, secret_box::open(key_file, false));
  ROLLCALL_CHECK(sql::list_keys(db, secrets));
  return core::nothing{};
}

// A record that is there already is not brought to another schema.
core::status prepare(site& to) {
  {
    const sql::transaction look(to.db(), sql::purpose::read);
    if (to.db().has_table("schema_versions"))
      return check_schema(to);
  }
  return to.make_schema();
}

core::result<backup_summary> restore_all(site& to, const std::filesystem::path& key_file, std::istream& from,
                                         std::optional<std::uint32_t> partitions, const backup_watcher& watch) {
  to.renew();
  ROLLCALL_CHECK(prepare(to));
  sql::transaction all(to.db(), sql::purpose::write);
  ROLLCALL_CHECK(check_empty(to.db()));
  ROLLCALL_CHECK(to.keep_nodes_out());
  ROLLCALL_CHECK(check_empty(to.db())); // what a node may have written before it was kept out
  reader in(from);
  ROLLCALL_CHECK(in.begin());
  spreading spread(partitions);
  bool has_checked_keys = false;
  for (;;) {
    to.renew();
    ROLLCALL_TRY(auto rows, in.next());
    if (!has_checked_keys && in.done().keys > 0 && (rows.of == nullptr || rows.of->id != table_id::keys)) {
      ROLLCALL_CHECK(check_secrets(to.db(), key_file));
      has_checked_keys = true;
    }
    if (rows.of == nullptr)
      break;
    ROLLCALL_CHECK(spread.take(rows));
    to.add(rows);
    watch(in.done());
  }
  spread.store(to.db());
  // None is in the middle of a doubling any more.
  sql::execute(to.db(), "UPDATE collections SET stored = partitions, beside = partitions");
  sql::execute(to.db(), "UPDATE counters SET value = (SELECT count(*) FROM client_tokens) WHERE name = ?1",
               std::string_view("client_tokens"));
  to.settle();
  ROLLCALL_CHECK(check_whole(to));
  to.renew();
  ROLLCALL_CHECK(all.commit());
  return in.done();
}

} // namespace

core::result<backup_summary> restore_backup(const backup_place& to, std::istream& from,
                                            std::optional<std::uint32_t> partitions, const backup_watcher& watch) {
  if (partitions && (!std::has_single_bit(*partitions) || *partitions > most_partitions))
    return core::fail(core::error_code::invalid_argument, "--partitions must be a power of two in 1 … 65536");
  ROLLCALL_CHECK(verify_backup(from, watch));
  from.clear();
  if (!from.seekg(0))
    return core::fail(core::error_code::invalid_argument,
                      "a backup is read twice: restore from a file, not from a pipe");
  try {
    ROLLCALL_TRY(const auto opened, open_target(to));
    const auto key_file = to.key_file.empty() ? to.data_dir / "secrets.key" : to.key_file;
    return restore_all(*opened, key_file, from, partitions, watch);
  } catch (...) {
    return sql::current_error();
  }
}

} // namespace rollcall::store
