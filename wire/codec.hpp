/// JSON in and out of Rekognition's requests and responses (protocol awsJson1_1). Validation follows one table of
/// fields per request (`wire/request_tables.cpp`). Pure functions; any thread; nothing throws.
#pragma once

#include "core/result.hpp"
#include "wire/operations.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::wire {

/// Longest request body that `decode` reads.
inline constexpr std::size_t max_body_bytes = 16 * 1024 * 1024;

/// Reads and checks one request (any `*_request` of `wire/operations.hpp`, `stream_details`, and the headers of
/// `wire/realtime.hpp`; other types do not link). Absent and `null` members are the same; unknown members are ignored;
/// an empty body is `{}`. Defaults of the API are those of the request's members. Errors: `malformed` when the body is
/// not one JSON object of UTF-8 text within the limits of size, depth and memory, or a member has another JSON type
/// (the member is named); `constraint_violation` when members break the model's constraints: the text is AWS's, "1
/// validation error detected: Value '…' at 'maxResults' failed to satisfy constraint: Member must …", with all
/// violations counted and the first ten listed, joined by "; "; `invalid_argument` when members exclude or need each
/// other (the members are named). Types are checked before constraints, those before what members need of each other.
/// Cost: linear in the body; a picture is copied twice (JSON text, decoded bytes).
template <class Request>
[[nodiscard]] core::result<Request> decode(std::string_view json_body);

/// The JSON text of a response (any `*_response` of `wire/operations.hpp`, and `stream_details`; other types do not
/// link). Absent members are left out, and so is a number that is not finite; timestamps are seconds with three
/// decimals; text that is not UTF-8 is written with U+FFFD in its place.
template <class Response>
[[nodiscard]] std::string encode(const Response& response);

} // namespace rollcall::wire
