/// PostgreSQL's errors as ours. Source: PostgreSQL 15, Appendix A, "Error Codes".
#pragma once

#include "core/result.hpp"

#include <string_view>

namespace rollcall::store::postgres {

/// Of a SQLSTATE (five characters; empty: the connection is lost) and the server's message, which goes to the context.
[[nodiscard]] core::error to_error(std::string_view state, std::string_view message);

/// Of a connection that never stood, by libpq's words, of which the first line goes to the context: they name the
/// server's place and the user, which are none of a caller's business.
[[nodiscard]] core::error to_connect_error(std::string_view why);

/// True where the same transaction may succeed when it is run again: it met another one (serialisation, deadlock, a
/// unique key), or its connection was cut by a server that stops.
[[nodiscard]] bool is_passing(std::string_view state);

} // namespace rollcall::store::postgres
