/// The `Date` header. Pure; any thread.
#pragma once

#include "core/clock.hpp"

#include <string>

namespace rollcall::front {

/// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7), whatever the locale.
[[nodiscard]] std::string http_date(core::wall_time at);

} // namespace rollcall::front
