#include "front/admin/admin_json.hpp"

#include <boost/json/serialize.hpp>

#include <cmath>

namespace rollcall::front::admin {

namespace {

core::error malformed(std::string message) {
  return core::fail(core::error_code::malformed, std::move(message));
}

std::string quoted(std::string_view name) {
  return "'" + std::string{name} + "'";
}

} // namespace

json::object show_realtime(const realtime_facts& of) {
  json::object shown{{"server_key", of.server_key}};
  const auto add = [&shown](std::string_view name, const std::string& at) {
    if (!at.empty())
      shown[name] = at;
  };
  add("queries", of.at.queries);
  add("frames", of.at.frames);
  add("events", of.at.events);
  return shown;
}

http_reply json_reply(const json::value& body) {
  http_reply reply;
  reply.body = json::serialize(body);
  return reply;
}

core::result<std::optional<std::string>> read_optional_string(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  if (found == nullptr || found->is_null())
    return std::optional<std::string>{};
  if (!found->is_string())
    return malformed(quoted(name) + " must be a string");
  return std::optional<std::string>{std::string{found->get_string()}};
}

core::result<std::string> read_string(const json::object& from, std::string_view name) {
  ROLLCALL_TRY(auto found, read_optional_string(from, name));
  if (!found)
    return malformed(quoted(name) + " is missing");
  return *std::move(found);
}

double share(float of) {
  constexpr double digits = 1e6;
  return std::round(static_cast<double>(of) * digits) / digits;
}

core::result<float> read_number(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  if (found == nullptr || !found->is_number())
    return malformed(quoted(name) + " must be a number");
  if (found->is_double())
    return static_cast<float>(found->get_double());
  return found->is_int64() ? static_cast<float>(found->get_int64()) : static_cast<float>(found->get_uint64());
}

std::string_view to_text(store::role role) noexcept {
  switch (role) {
    case store::role::search:
      return "search";
    case store::role::write:
      return "write";
    case store::role::admin:
      return "admin";
  }
  return "search";
}

core::result<store::role> parse_role(std::string_view text) {
  for (const auto role : {store::role::search, store::role::write, store::role::admin})
    if (to_text(role) == text)
      return role;
  return core::fail(core::error_code::constraint_violation, "'role' must be search, write or admin");
}

} // namespace rollcall::front::admin
