/// Structured log lines. Components log through this; the sink (spdlog) is wired in `nodes/`. Any thread.
/// Nothing that is logged may hold an embedding, a picture or a secret.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>

namespace rollcall::core {

enum class log_level { debug, note, warning, failure };

/// A key and its value, written as `key=value`.
struct log_field {
  std::string_view key;
  std::string value;
};

using log_sink = std::function<void(log_level, std::string_view line)>;

/// Replaces the process's sink (default: warnings and failures to stderr). Call it once, before threads start.
void install_log_sink(log_sink sink);

/// Writes one line: `area: text key=value …`.
void log(log_level level, std::string_view area, std::string_view text, std::initializer_list<log_field> fields = {});

} // namespace rollcall::core
