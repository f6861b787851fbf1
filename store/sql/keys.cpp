#include "store/sql/keys.hpp"

namespace rollcall::store::sql {

namespace {

std::vector<std::string> list_key_collections(session& db, std::int64_t key) {
  query q(db, "SELECT collection FROM key_collections WHERE key = ?1 ORDER BY place", key);
  std::vector<std::string> collections;
  while (q.next())
    collections.push_back(q.text(0));
  return collections;
}

} // namespace

bool has_keys(session& db) {
  query q(db, "SELECT 1 FROM keys LIMIT 1");
  return q.next();
}

core::status add_key(session& db, const secret_box& secrets, const api_key& key) {
  {
    query q(db, "SELECT 1 FROM keys WHERE access_key = ?1", key.access_key);
    if (q.next())
      return core::fail(core::error_code::already_exists, "the access key " + key.access_key + " exists already");
  }
  if (!key.curve_key.empty()) {
    query q(db, "SELECT 1 FROM keys WHERE curve_key = ?1", key.curve_key);
    if (q.next())
      return core::fail(core::error_code::already_exists, "an access key with that CURVE key exists already");
  }
  const auto sealed = secrets.seal(key.secret, key.access_key);
  query made(db,
             "INSERT INTO keys (access_key, secret, name, role, created, revoked, curve_key) "
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING n",
             key.access_key, core::byte_view(sealed), key.name, static_cast<int>(key.allowed), key.created, key.revoked,
             key.curve_key);
  ROLLCALL_ASSERT(made.next());
  const auto n = made.number(0);
  int place = 0;
  for (const auto& collection : key.collections)
    execute(db, "INSERT INTO key_collections VALUES (?1, ?2, ?3)", n, place++, collection);
  return core::nothing{};
}

core::result<std::vector<api_key>> list_keys(session& db, const secret_box& secrets) {
  query q(db, "SELECT n, access_key, secret, name, role, created, revoked, curve_key FROM keys ORDER BY created, n");
  std::vector<api_key> keys;
  while (q.next()) {
    api_key key;
    key.access_key = q.text(1);
    ROLLCALL_TRY(key.secret, secrets.unseal(q.blob(2), key.access_key));
    key.name = q.text(3);
    key.allowed = static_cast<role>(q.number(4));
    key.collections = list_key_collections(db, q.number(0));
    key.created = q.time(5);
    if (!q.is_null(6))
      key.revoked = q.time(6);
    key.curve_key = q.text(7);
    keys.push_back(std::move(key));
  }
  return keys;
}

core::status revoke_key(session& db, std::string_view access_key, core::wall_time at) {
  if (change(db, "UPDATE keys SET revoked = coalesce(revoked, ?2) WHERE access_key = ?1", access_key, at) == 0)
    return core::fail(core::error_code::not_found, "the access key " + std::string(access_key) + " does not exist");
  return core::nothing{};
}

} // namespace rollcall::store::sql
