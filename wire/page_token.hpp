/// Pagination tokens: where a listing goes on, readable by every node that has the key and by nobody else's leave. A
/// token binds the last key shown to the operation and its parameters, authenticated by an HMAC; nothing is stored.
/// Pure; any thread.
///
///     token  = form digits                       form "1": radix 64, "2": radix 91 (only for very long keys)
///     digits = number(1 ‖ packed key ‖ tag)      tag: 12 bytes of HMAC-SHA-256(key, operation, parameters, packed key)
#pragma once

#include "core/bytes.hpp"
#include "core/result.hpp"
#include "wire/operation.hpp"
#include "wire/operations.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace rollcall::wire {

/// Longest token, the protocol's limit on what comes back.
inline constexpr std::size_t max_page_token_length = 255;

/// What a token is bound to.
struct page_scope {
  operation op = operation::list_faces;
  std::string parameters; ///< anything that decides which rows the listing has, e.g. from `page_parameters`
};

/// The parameters that a token of this listing must be shown again with: all but `NextToken` and `MaxResults`.
[[nodiscard]] page_scope scope_of(const list_collections_request& request);
[[nodiscard]] page_scope scope_of(const list_faces_request& request);
[[nodiscard]] page_scope scope_of(const list_users_request& request);
[[nodiscard]] page_scope scope_of(const list_stream_processors_request& request);
[[nodiscard]] page_scope scope_of(const get_face_detection_request& request);
[[nodiscard]] page_scope scope_of(const get_face_search_request& request);
[[nodiscard]] page_scope scope_of(const get_person_tracking_request& request);

/// A token that resumes after `last_key` (1–255 characters of [a-zA-Z0-9_.:-]: a face id, a user id, a name;
/// asserted). At most `max_page_token_length` printable ASCII characters, without quotes or backslash.
/// `hmac_key`: a secret of at least 16 bytes that all nodes share.
[[nodiscard]] std::string make_page_token(core::byte_view hmac_key, const page_scope& scope, std::string_view last_key);

/// The last key of a token made with the same `hmac_key` and `scope`.
/// Errors: `invalid_token` for anything else: forged, truncated, or of another operation or other parameters.
[[nodiscard]] core::result<std::string> open_page_token(core::byte_view hmac_key, const page_scope& scope,
                                                        std::string_view token);

} // namespace rollcall::wire
