/// How much memory this process may use. Used at start-up only.
#pragma once

#include <cstdint>
#include <filesystem>

namespace rollcall::nodes {

/// Bytes: the least of the machine's memory and the limits (memory.max) of the process's control group, version 2, and
/// of those above it. What can't be read limits nothing; 0 when nothing can. `root`: where proc/ and sys/ are.
[[nodiscard]] std::uint64_t usable_memory(const std::filesystem::path& root = "/");

} // namespace rollcall::nodes
