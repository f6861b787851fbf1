#include "nodes/log_output.hpp"

#include "core/log.hpp"

#include <cstdio>
#include <memory>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <string>

namespace rollcall::nodes {

namespace {

spdlog::level::level_enum to_spdlog(core::log_level level) {
  switch (level) {
    case core::log_level::debug:
      return spdlog::level::debug;
    case core::log_level::note:
      return spdlog::level::info;
    case core::log_level::warning:
      return spdlog::level::warn;
    case core::log_level::failure:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string without_controls(std::string_view line) {
  std::string safe;
  safe.reserve(line.size());
  for (const char c : line) {
    const auto code = static_cast<unsigned char>(c);
    if (code >= ' ' && code != 0x7f) {
      safe += c;
      continue;
    }
    char escaped[5];
    std::snprintf(escaped, sizeof escaped, "\\x%02x", code);
    safe += escaped;
  }
  return safe;
}

} // namespace

void log_to_stderr(std::string_view level) {
  auto logger = std::make_shared<spdlog::logger>("rollcall", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_level(spdlog::level::from_str(level == "error" ? "err" : std::string{level}));
  logger->flush_on(spdlog::level::trace);
  logger->set_formatter(
      std::make_unique<spdlog::pattern_formatter>("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc));
  core::install_log_sink([logger](core::log_level at, std::string_view line) {
    if (const auto wanted = to_spdlog(at); logger->should_log(wanted))
      logger->log(wanted, without_controls(line));
  });
}

} // namespace rollcall::nodes
