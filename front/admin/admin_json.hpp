/// JSON of the admin API: replies, request bodies, and the texts of values. Pure; any thread; nothing throws.
#pragma once

#include "core/timestamp.hpp"
#include "front/http_message.hpp"
#include "front/services.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace rollcall::front::admin {

namespace json = boost::json;

/// 200 with `body` as JSON.
[[nodiscard]] http_reply json_reply(const json::value& body);

/// Members of an object. Errors: `malformed` when the member is absent (but for the optional ones) or has another type;
/// the message names it.
[[nodiscard]] core::result<std::string> read_string(const json::object& from, std::string_view name);
[[nodiscard]] core::result<std::optional<std::string>> read_optional_string(const json::object& from,
                                                                            std::string_view name);
/// A float32 share as it was typed, to six digits.
[[nodiscard]] double share(float of);
[[nodiscard]] core::result<float> read_number(const json::object& from, std::string_view name);

/// Where the ZeroMQ plane listens, and the server's key.
[[nodiscard]] json::object show_realtime(const realtime_facts& of);

using core::timestamp;

[[nodiscard]] std::string_view to_text(store::role role) noexcept;
/// Errors: `constraint_violation`.
[[nodiscard]] core::result<store::role> parse_role(std::string_view text);

} // namespace rollcall::front::admin
