#include "core/log.hpp"

#include <cstdio>
#include <utility>

namespace rollcall::core {

namespace {

log_sink& sink() {
  static log_sink installed = [](log_level level, std::string_view line) {
    if (level >= log_level::warning)
      std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  return installed;
}

} // namespace

void install_log_sink(log_sink replacement) {
  sink() = std::move(replacement);
}

void log(log_level level, std::string_view area, std::string_view text, std::initializer_list<log_field> fields) {
  std::string line{area};
  line.append(": ").append(text);
  for (const auto& field : fields)
    line.append(" ").append(field.key).append("=").append(field.value);
  sink()(level, line);
}

} // namespace rollcall::core
