#include "store/postgres/membership.hpp"

#include <chrono>

namespace rollcall::store::postgres {

namespace {

using sql::query;

// What is known of a token after its end, for the words of a refusal.
constexpr std::int64_t kept_ms = std::chrono::milliseconds{std::chrono::hours{7 * 24}}.count();

core::error refuse(const std::string& why) {
  return core::fail(core::error_code::access_denied,
                    why + " Ask an admin for another one: rollcall cluster token --node NAME.");
}

// The token's row until the transaction ends, so that of two who use it at once one finds it used.
core::status hold_join_token(sql::session& db, const core::sha256_digest& hash, const std::string& node) {
  query q(db, "SELECT node, expires_at - store_now(), used_by FROM join_tokens WHERE hash = ?1 FOR UPDATE",
          core::byte_view{hash});
  if (!q.next())
    return refuse("This cluster has not made this token.");
  if (!q.is_null(2))
    return refuse("The token was used already, for the node " + q.text(2) + ".");
  if (q.number(1) <= 0)
    return refuse("The token has expired.");
  if (const auto only = q.text(0); !only.empty() && only != node)
    return refuse("The token is for the node " + only + ", not for " + node + ".");
  return core::nothing{};
}

core::status check_other_names(sql::session& db, const std::string& node, const std::string& public_key) {
  query q(db, "SELECT node FROM node_keys WHERE public_key = ?1 AND node <> ?2", public_key, node);
  if (!q.next())
    return core::nothing{};
  return core::fail(core::error_code::conflict, "The node " + q.text(0)
                                                    + " has this key: make another one for this node (rollcall keys "
                                                      "node).");
}

} // namespace

core::status add_join_token(sql::session& db, const join_token& token) {
  if (!token.node.empty())
    ROLLCALL_CHECK(check_node_name(token.node));
  sql::execute(db, "DELETE FROM join_tokens WHERE expires_at < store_now() - ?1", kept_ms);
  sql::execute(db,
               "INSERT INTO join_tokens (hash, node, made_by, expires_at) VALUES (?1, ?2, ?3, store_now() + "
               "CAST(?4 AS BIGINT))",
               core::byte_view{token.hash}, token.node, token.made_by, std::int64_t{token.lifetime.count()});
  return core::nothing{};
}

core::status join(sql::session& db, const core::sha256_digest& token, const std::string& node,
                  const std::string& public_key) {
  ROLLCALL_CHECK(check_node_name(node));
  ROLLCALL_CHECK(hold_join_token(db, token, node));
  ROLLCALL_CHECK(check_other_names(db, node, public_key));
  sql::execute(db, "UPDATE join_tokens SET used_by = ?2 WHERE hash = ?1", core::byte_view{token}, node);
  sql::execute(db,
               "INSERT INTO node_keys (node, public_key) VALUES (?1, ?2) ON CONFLICT (node) DO UPDATE SET public_key = "
               "excluded.public_key",
               node, public_key);
  static_cast<void>(next_version(db)); // an earlier key is shut out at once
  return core::nothing{};
}

core::result<bool> may_enter(sql::session& db, std::string_view node, std::string_view public_key) {
  {
    query q(db, "SELECT 1 FROM node_keys WHERE node = ?1 AND public_key = ?2", node, public_key);
    if (q.next())
      return true;
  }
  static_cast<void>(next_version(db)); // of two that find nobody one is the first
  return sql::change(db,
                     "INSERT INTO node_keys (node, public_key) SELECT CAST(?1 AS TEXT), CAST(?2 AS TEXT) WHERE NOT "
                     "EXISTS (SELECT 1 FROM node_keys) AND NOT EXISTS (SELECT 1 FROM nodes)",
                     node, public_key)
         > 0;
}

} // namespace rollcall::store::postgres
