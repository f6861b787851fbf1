#include "nodes/machine_memory.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>

namespace rollcall::nodes {

namespace {

constexpr auto no_limit = std::numeric_limits<std::uint64_t>::max();

std::uint64_t machine_bytes(const std::filesystem::path& root) {
  std::ifstream from(root / "proc/meminfo");
  std::string word;
  for (std::uint64_t kib = 0; from >> word;)
    if (word == "MemTotal:" && from >> kib)
      return kib * 1'024;
  return no_limit;
}

// Empty where the process is in no group of version 2. The line is "0::/path".
std::string control_group(const std::filesystem::path& root) {
  std::ifstream from(root / "proc/self/cgroup");
  for (std::string line; std::getline(from, line);)
    if (line.starts_with("0::/"))
      return line.substr(4);
  return {};
}

// "max" is no number.
std::uint64_t limit_of(const std::filesystem::path& group) {
  std::ifstream from(group / "memory.max");
  std::uint64_t bytes = 0;
  return from >> bytes ? bytes : no_limit;
}

} // namespace

std::uint64_t usable_memory(const std::filesystem::path& root) {
  auto least = machine_bytes(root);
  auto group = root / "sys/fs/cgroup";
  least = std::min(least, limit_of(group));
  for (const auto& part : std::filesystem::path{control_group(root)}) {
    group /= part;
    least = std::min(least, limit_of(group));
  }
  return least == no_limit ? 0 : least;
}

} // namespace rollcall::nodes
