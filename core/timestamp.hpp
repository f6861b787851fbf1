/// Times as text. Pure; any thread.
#pragma once

#include "core/clock.hpp"

#include <string>

namespace rollcall::core {

/// "2026-11-05T09:30:00.250Z": UTC, ISO 8601.
[[nodiscard]] std::string timestamp(wall_time at);

} // namespace rollcall::core
