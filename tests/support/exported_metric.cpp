#include "tests/support/exported_metric.hpp"

#include "tests/support/http.hpp"

#include <sstream>

namespace rollcall::test {

core::result<double> exported_metric(std::uint16_t management_port, const std::string& name, core::deadline until) {
  ROLLCALL_TRY(const auto reply, fetch(management_port, "/metrics", until));
  double sum = 0;
  std::istringstream lines(reply.body);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(name + " ") || line.starts_with(name + "{"))
      sum += std::stod(line.substr(line.rfind(' ') + 1));
  return sum;
}

} // namespace rollcall::test
