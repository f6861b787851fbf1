// API keys: the first one, more of them, and their end.
#include "core/digest.hpp"
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/key_keeper.hpp"
#include "net/curve_keys.hpp"
#include "wire/base64.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace rollcall::front::admin {

namespace {

constexpr std::size_t max_name_length = 128;
constexpr std::size_t max_collections = 1'000;

/// "RKIA" and 16 characters of base 32: 80 random bits.
std::string make_access_key() {
  static constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string made = "RKIA";
  for (const auto byte : core::random_bytes(16))
    made += digits[byte % digits.size()];
  return made;
}

/// 40 characters: 240 random bits.
std::string make_secret() {
  return wire::encode_base64(core::random_bytes(30));
}

json::object describe(const store::api_key& key) {
  json::object shown{{"access_key", key.access_key},
                     {"name", key.name},
                     {"role", to_text(key.allowed)},
                     {"created", timestamp(key.created)}};
  shown["collections"] = json::array(key.collections.begin(), key.collections.end());
  if (!key.curve_key.empty())
    shown["curve_key"] = key.curve_key;
  if (key.revoked)
    shown["revoked"] = timestamp(*key.revoked);
  return shown;
}

http_reply show_new_key(const store::api_key& key, const realtime_facts& realtime) {
  auto shown = describe(key);
  shown["secret"] = key.secret;
  if (!key.curve_key.empty())
    shown["zmq"] = show_realtime(realtime);
  return json_reply(shown);
}

core::result<std::vector<std::string>> read_collections(const json::object& from) {
  std::vector<std::string> collections;
  const auto* found = from.if_contains("collections");
  if (found == nullptr || found->is_null())
    return collections;
  const auto* listed = found->if_array();
  if (listed == nullptr || listed->size() > max_collections)
    return core::fail(core::error_code::malformed, "'collections' must be an array of at most 1000 names");
  for (const auto& one : *listed) {
    if (!one.is_string() || one.get_string().empty())
      return core::fail(core::error_code::malformed, "'collections' must hold names");
    collections.emplace_back(one.get_string());
  }
  return collections;
}

core::result<std::string> read_name(const json::object& from, std::string_view otherwise) {
  ROLLCALL_TRY(auto name, read_optional_string(from, "name"));
  if (!name)
    name = otherwise;
  const bool is_printable = std::ranges::all_of(*name, [](unsigned char c) { return c > 0x20 && c != 0x7f; });
  if (name->empty() || name->size() > max_name_length || !is_printable)
    return core::fail(core::error_code::constraint_violation,
                      "'name' must have 1 to 128 characters, none of them a space or control character");
  return *std::move(name);
}

core::result<std::string> read_curve_key(const json::object& from) {
  ROLLCALL_TRY(auto key, read_optional_string(from, "curve_key"));
  if (key && !net::is_curve_key(*key))
    return core::fail(core::error_code::constraint_violation,
                      "'curve_key' must be a public CURVE key, 40 characters of Z85");
  return key ? *std::move(key) : std::string{};
}

core::result<store::api_key> read_key(const admin_request& request) {
  ROLLCALL_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  const auto& body = document.root();
  ROLLCALL_TRY(auto name, read_name(body, ""));
  ROLLCALL_TRY(const auto role_text, read_string(body, "role"));
  ROLLCALL_TRY(const auto role, parse_role(role_text));
  ROLLCALL_TRY(auto collections, read_collections(body));
  ROLLCALL_TRY(auto curve_key, read_curve_key(body));
  const auto now = request.context.with.parts.clock.now();
  return store::api_key{make_access_key(),   make_secret(), std::move(name), role, std::move(collections), now, {},
                        std::move(curve_key)};
}

bool is_active_admin(const store::api_key& key) {
  return !key.revoked && key.allowed == store::role::admin && key.collections.empty();
}

core::status revoke_in(store::store& in, const std::string& access_key, core::wall_time at) {
  ROLLCALL_TRY(const auto keys, in.list_keys());
  const auto found = std::ranges::find(keys, access_key, &store::api_key::access_key);
  if (found == keys.end())
    return core::fail(core::error_code::not_found, "There is no key " + access_key);
  if (is_active_admin(*found) && std::ranges::count_if(keys, is_active_admin) == 1)
    return core::fail(core::error_code::conflict, "This is the last admin key: make another one before it goes");
  return in.revoke_key(access_key, at);
}

/// Writes `key` and lets admission know it.
asio::awaitable<core::status> add_key(request_context& context, store::api_key key, bool must_be_first) {
  auto writing = [key = std::move(key), must_be_first](store::store& in) -> core::status {
    if (must_be_first) {
      ROLLCALL_TRY(const auto known, in.list_keys());
      if (!known.empty())
        return core::fail(core::error_code::access_denied, "The first API key exists already");
    }
    return in.add_key(key);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  auto refreshing = refresh_keys(context.with, context.until);
  auto refreshed = co_await std::move(refreshing);
  co_return refreshed;
}

} // namespace

admin_answer init(admin_request& request) {
  auto& context = request.context;
  const bool is_local = request.http.is_from_loopback && is_loopback_name(request.http.header("Host"));
  if (!is_local || !context.with.gate.has_no_keys())
    co_return core::fail(core::error_code::access_denied,
                         "The first API key is made from the node's own machine, while there is none");
  ROLLCALL_CO_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_CO_TRY(auto name, read_name(document.root(), "admin"));
  const auto now = context.with.parts.clock.now();
  const store::api_key key{make_access_key(), make_secret(), std::move(name), store::role::admin, {}, now, {}};
  auto adding = add_key(context, key, true);
  ROLLCALL_CO_CHECK(co_await std::move(adding));
  core::log(core::log_level::note, "front", "the first API key was made; requests need signatures from now on",
            {{"access_key", key.access_key}, {"name", key.name}});
  co_return show_new_key(key, context.with.realtime);
}

admin_answer create_key(admin_request& request) {
  ROLLCALL_CO_TRY(const auto key, read_key(request));
  auto adding = add_key(request.context, key, false);
  ROLLCALL_CO_CHECK(co_await std::move(adding));
  core::log(core::log_level::note, "front", "an API key was made",
            {{"access_key", key.access_key}, {"name", key.name}, {"by", request.context.who.principal}});
  co_return show_new_key(key, request.context.with.realtime);
}

admin_answer list_keys(admin_request& request) {
  auto reading = [](store::store& in) { return in.list_keys(); };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto keys, co_await std::move(asked));
  json::array shown;
  for (const auto& key : keys)
    shown.push_back(describe(key));
  json::object body;
  body["keys"] = std::move(shown);
  co_return json_reply(body);
}

admin_answer revoke_key(admin_request& request) {
  auto& context = request.context;
  const auto now = context.with.parts.clock.now();
  auto writing = [key = request.arguments.front(), now](store::store& in) { return revoke_in(in, key, now); };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  auto refreshing = refresh_keys(context.with, context.until);
  ROLLCALL_CO_CHECK(co_await std::move(refreshing));
  core::log(core::log_level::note, "front", "an API key was revoked",
            {{"access_key", request.arguments.front()}, {"by", context.who.principal}});
  co_return json_reply(json::object{});
}

} // namespace rollcall::front::admin
