/// Looks into a closed SQLite store's database and says what is wrong with it. For tests; throws SQLite::Exception.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>

#include <filesystem>
#include <string>
#include <utility>

namespace rollcall::store::testing {

/// Empty when the database is sound: its pages, its foreign keys, and every rule that SQL does not enforce.
inline std::string audit(const std::filesystem::path& data_dir) {
  // Each statement counts the rows that should not be.
  static constexpr std::pair<const char*, const char*> rules[] = {
      {"foreign keys", "SELECT count(*) FROM pragma_foreign_key_check"},
      {"faces without embedding",
       "SELECT count(*) FROM faces f WHERE NOT EXISTS (SELECT 1 FROM embeddings e WHERE e.collection = f.collection "
       "AND e.kind = 0 AND e.id = f.id)"},
      {"embeddings without face",
       "SELECT count(*) FROM embeddings e WHERE e.kind = 0 AND NOT EXISTS (SELECT 1 FROM faces f WHERE "
       "f.collection = e.collection AND f.id = e.id)"},
      {"user vectors that do not match",
       "SELECT count(*) FROM users u WHERE (u.faces > 0) != EXISTS (SELECT 1 FROM embeddings e WHERE "
       "e.collection = u.collection AND e.kind = 1 AND e.id = u.key)"},
      {"vectors without user",
       "SELECT count(*) FROM embeddings e WHERE e.kind = 1 AND NOT EXISTS (SELECT 1 FROM users u WHERE "
       "u.collection = e.collection AND u.key = e.id)"},
      {"wrong counts of a user's faces",
       "SELECT count(*) FROM users u WHERE u.faces != (SELECT count(*) FROM faces f WHERE f.\"user\" = u.n)"},
      {"wrong counts of a collection",
       "SELECT count(*) FROM collections c WHERE (SELECT sum(faces) FROM partitions p WHERE p.collection = c.n) != "
       "(SELECT count(*) FROM faces f WHERE f.collection = c.n) "
       "OR (SELECT sum(users) FROM partitions p WHERE p.collection = c.n) != "
       "(SELECT count(*) FROM users u WHERE u.collection = c.n)"},
      {"heads that are not the last mutation",
       "SELECT count(*) FROM partitions p WHERE p.head != coalesce((SELECT max(seq) FROM mutations m WHERE "
       "m.collection = p.collection AND m.part = p.part), p.pruned)"},
      {"holes in the mutations",
       "SELECT count(*) FROM partitions p WHERE p.head - p.pruned != (SELECT count(*) FROM mutations m WHERE "
       "m.collection = p.collection AND m.part = p.part)"},
      {"wrong count of tokens",
       "SELECT count(*) FROM counters WHERE name = 'client_tokens' AND value != (SELECT count(*) FROM client_tokens)"},
  };
  SQLite::Database db((data_dir / "rollcall.db").string(), SQLite::OPEN_READWRITE);
  std::string wrong;
  if (const auto verdict = db.execAndGet("PRAGMA integrity_check").getString(); verdict != "ok")
    wrong += verdict + "; ";
  for (const auto& [name, sql] : rules)
    if (const auto count = db.execAndGet(sql).getInt64(); count != 0)
      wrong += std::string(name) + ": " + std::to_string(count) + "; ";
  return wrong;
}

} // namespace rollcall::store::testing
