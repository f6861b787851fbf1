/// Sends core's log to stderr through spdlog. Called once, before threads start.
#pragma once

#include <string_view>

namespace rollcall::nodes {

/// Lines of `level` ("debug", "info", "warning" or "error") and above, as `2026-01-31T12:34:56.789Z warning area: …`.
/// Line breaks and other control characters within a line are written as `\xNN`, so that no caller forges a line.
void log_to_stderr(std::string_view level);

} // namespace rollcall::nodes
