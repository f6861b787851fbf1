/// From an operation's name and body to its response: decodes, authorises, runs the handler, encodes. The table of all
/// operations lives here. No state; any thread.
#pragma once

#include "front/services.hpp"
#include "wire/operation.hpp"

#include <string>

namespace rollcall::front::operations {

/// The role that an operation takes.
[[nodiscard]] store::role role_of(wire::operation op) noexcept;

/// Runs `op` for the author in `context`; `body` is freed as soon as it is decoded. Returns the response's JSON text.
/// Checks in this order: syntax, constraints, permission, existence.
/// Errors: those of `wire::decode`, `admission::permit` and of the handlers.
[[nodiscard]] asio::awaitable<core::result<std::string>> run(request_context& context, wire::operation op,
                                                             body_buffer& body);

} // namespace rollcall::front::operations
