/// The handlers of Rekognition's operations, one coroutine each, grouped by family in the sources beside this file.
/// They get a validated request whose author may make it, and return its response. `context` outlives the coroutine.
///
/// Errors of all: `not_found` for a missing collection, in AWS's words; those of the actors they ask.
#pragma once

#include "front/services.hpp"
#include "wire/operations.hpp"

namespace rollcall::front::operations {

template <class Response>
using answer = asio::awaitable<core::result<Response>>;

// X: the enumerator of wire::operation names the handler, its request and its response.
#define ROLLCALL_HANDLER(code, text)                                                                                   \
  [[nodiscard]] answer<wire::code##_response> code(request_context& context, wire::code##_request request);
ROLLCALL_OPERATIONS(ROLLCALL_HANDLER)
#undef ROLLCALL_HANDLER

} // namespace rollcall::front::operations
