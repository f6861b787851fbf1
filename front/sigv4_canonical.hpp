/// The canonical form of a request, which Signature Version 4 signs, and the pieces it is made of: headers found
/// without case, and dates. Behind `front/sigv4.hpp`; pure functions; any thread. Source: AWS, "Create a canonical
/// request" and RFC 9110, 5.6.7 (dates).
#pragma once

#include "core/clock.hpp"
#include "front/sigv4.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rollcall::front {

/// 0 to 9.
[[nodiscard]] bool is_digit(char c);

/// ASCII letters, digits, "-", "_" and ".".
[[nodiscard]] bool is_name_character(char c);

/// True when the header bears `name` (given in lower case).
[[nodiscard]] bool has_name(const header_field& header, std::string_view name);

/// How often the header `name` (lower case) is there.
[[nodiscard]] std::ptrdiff_t count_headers(const signed_request& request, std::string_view name);

/// Without spaces and tabs at either end.
[[nodiscard]] std::string_view trim(std::string_view text);

/// The first header of that name (lower case), trimmed; empty when there is none.
[[nodiscard]] std::string_view header_value(const signed_request& request, std::string_view name);

/// "a;b;c".
[[nodiscard]] std::string join(std::span<const std::string> names);

/// Method, path, query, the signed headers (lower case, ascending), their names, and the hash of the body, a line each.
/// The path is as received and encoded once more; values are trimmed, their runs of blanks squeezed to one, repeated
/// headers joined by commas.
[[nodiscard]] std::string canonical_request(const signed_request& request, std::span<const std::string> signed_headers,
                                            std::string_view body_hash);

/// yyyymmddThhmmssZ
[[nodiscard]] std::string format_timestamp(core::wall_time at);

/// Reads "20260101T000000Z" or an HTTP date, "Thu, 01 Jan 2026 00:00:00 GMT"; empty for anything else.
[[nodiscard]] std::optional<core::wall_time> parse_timestamp(std::string_view text);

} // namespace rollcall::front
