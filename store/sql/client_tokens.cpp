#include "store/sql/client_tokens.hpp"

#include "store/checks.hpp"

namespace rollcall::store::sql {

namespace {

// One write forgets at most so many expired tokens: it must not pay for a week's.
constexpr int most_forgotten = 1000;

core::wall_time oldest_valid(session& db) {
  return db.settings().clock->now() - db.settings().token_lifetime;
}

void add_to_counter(session& db, std::int64_t amount) {
  execute(db, "UPDATE counters SET value = value + ?1 WHERE name = 'client_tokens'", amount);
}

std::uint64_t count_tokens(session& db) {
  query q(db, "SELECT value FROM counters WHERE name = 'client_tokens'");
  return q.next() ? static_cast<std::uint64_t>(q.number(0)) : 0;
}

void forget(session& db) {
  const auto expired =
      change(db, "DELETE FROM client_tokens WHERE n IN (SELECT n FROM client_tokens WHERE created < ?1 LIMIT ?2)",
             oldest_valid(db), most_forgotten);
  add_to_counter(db, -static_cast<std::int64_t>(expired));
  const auto kept = count_tokens(db);
  const auto most = db.settings().tokens_kept;
  if (kept <= most)
    return;
  const auto oldest =
      change(db, "DELETE FROM client_tokens WHERE n IN (SELECT n FROM client_tokens ORDER BY n LIMIT ?1)", kept - most);
  add_to_counter(db, -static_cast<std::int64_t>(oldest));
}

void read_faces(session& db, std::int64_t token, changed_user& reply) {
  query q(db, "SELECT id, why, user_id, cosine FROM client_token_faces WHERE token = ?1 ORDER BY place", token);
  while (q.next()) {
    if (q.is_null(1))
      reply.faces.push_back({q.id(0)});
    else
      reply.refused.push_back({{q.id(0)}, static_cast<face_refusal>(q.number(1)), q.text(2), q.real(3)});
  }
}

void write_faces(session& db, std::int64_t token, const changed_user& reply) {
  static constexpr std::string_view sql = "INSERT INTO client_token_faces VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
  int place = 0;
  for (const auto& id : reply.faces)
    execute(db, sql, token, place++, id, std::optional<int>{}, std::string_view{}, 0.0F);
  for (const auto& refused : reply.refused)
    execute(db, sql, token, place++, refused.id, static_cast<int>(refused.why), refused.user_id, refused.cosine);
}

} // namespace

core::result<std::optional<changed_user>> recall(session& db, const collection_row& collection,
                                                 const client_token& token) {
  if (token.token.empty())
    return std::optional<changed_user>{};
  query q(db,
          "SELECT n, fingerprint, user_key, user_id, user_status FROM client_tokens "
          "WHERE collection = ?1 AND token = ?2 AND created >= ?3",
          collection.n, token.token, oldest_valid(db));
  if (!q.next())
    return std::optional<changed_user>{};
  if (q.text(1) != token.fingerprint)
    return token_reused(token.token);
  changed_user reply;
  reply.user = {{q.id(2)}, q.text(3), static_cast<user_status>(q.number(4))};
  read_faces(db, q.number(0), reply);
  return std::optional(std::move(reply));
}

void remember(session& db, const collection_row& collection, const client_token& token, const changed_user& reply) {
  if (token.token.empty())
    return;
  // One that has expired may still be there.
  const auto earlier =
      change(db, "DELETE FROM client_tokens WHERE collection = ?1 AND token = ?2", collection.n, token.token);
  add_to_counter(db, 1 - static_cast<std::int64_t>(earlier));
  query made(db,
             "INSERT INTO client_tokens (collection, token, fingerprint, created, user_key, user_id, user_status) "
             "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING n",
             collection.n, token.token, token.fingerprint, db.settings().clock->now(), reply.user.key,
             reply.user.user_id, static_cast<int>(reply.user.status));
  ROLLCALL_ASSERT(made.next());
  write_faces(db, made.number(0), reply);
  forget(db);
}

} // namespace rollcall::store::sql
