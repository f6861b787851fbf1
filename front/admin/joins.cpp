// Letting nodes into the cluster: tokens for that, and their use.
#include "core/digest.hpp"
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "wire/json_document.hpp"

namespace rollcall::front::admin {

namespace {

constexpr std::int64_t usual_ttl = 3'600;
constexpr std::int64_t most_ttl = 7 * 24 * 3'600;
constexpr std::size_t token_bytes = 24; // random ones

core::sha256_digest hash_of(const std::string& token) {
  return core::sha256(core::as_bytes(token));
}

core::result<std::int64_t> read_ttl(const json::object& from) {
  const auto* found = from.if_contains("ttl_seconds");
  if (found == nullptr || found->is_null())
    return usual_ttl;
  boost::system::error_code failed;
  const auto seconds = found->to_number<std::int64_t>(failed);
  if (failed || seconds < 1 || seconds > most_ttl)
    return core::fail(core::error_code::constraint_violation,
                      "'ttl_seconds' must be a number from 1 to " + std::to_string(most_ttl) + ", which is a week");
  return seconds;
}

core::result<actors::join_request> read_join(const admin_request& request) {
  ROLLCALL_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_TRY(const auto token, read_string(document.root(), "token"));
  ROLLCALL_TRY(auto node, read_string(document.root(), "node"));
  ROLLCALL_TRY(auto key, read_string(document.root(), "public_key"));
  return actors::join_request{hash_of(token), std::move(node), std::move(key)};
}

} // namespace

admin_answer make_token(admin_request& request) {
  ROLLCALL_CO_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_CO_TRY(const auto node, read_optional_string(document.root(), "node"));
  ROLLCALL_CO_TRY(const auto ttl, read_ttl(document.root()));
  const auto token = "rcj-" + core::to_hex(core::random_bytes(token_bytes));
  const auto& maker = request.context.who.principal;
  auto asking = ask_cluster<actors::token_made>(
      request, actors::token_request{{hash_of(token), node.value_or(""), maker, std::chrono::seconds{ttl}}});
  ROLLCALL_CO_CHECK(co_await std::move(asking));
  core::log(core::log_level::note, "front", "a token that lets a node in was made",
            {{"node", node.value_or("any")}, {"by", maker}});
  json::object shown{{"token", token}, {"ttl_seconds", ttl}};
  if (node)
    shown["node"] = *node;
  co_return json_reply(shown);
}

admin_answer join_cluster(admin_request& request) {
  ROLLCALL_CO_TRY(const auto wanted, read_join(request));
  auto asking = ask_cluster<actors::node_joined>(request, wanted);
  const auto joined = co_await std::move(asking);
  if (!joined) {
    if (joined.failure().code == core::error_code::access_denied)
      core::log(core::log_level::warning, "front", "a node was not let in",
                {{"node", wanted.node}, {"message", joined.failure().message}});
    co_return joined.failure();
  }
  core::log(core::log_level::note, "front", "a node was let in by a token",
            {{"node", wanted.node}, {"key", wanted.public_key}});
  co_return json_reply(json::object{{"node", wanted.node}, {"public_key", wanted.public_key}});
}

} // namespace rollcall::front::admin
