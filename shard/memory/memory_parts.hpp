/// Bytes of a machine's memory that references take, by what lies there. Plain value.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace rollcall::shard {

struct memory_parts {
  std::uint64_t coarse_codes = 0;
  std::uint64_t fine_codes = 0;
  std::uint64_t embeddings = 0; ///< of those in files: where they changed since
  std::uint64_t ids = 0;
  std::uint64_t lists = 0;

  [[nodiscard]] std::uint64_t total() const noexcept { return coarse_codes + fine_codes + embeddings + ids + lists; }

  friend bool operator==(const memory_parts&, const memory_parts&) = default;
};

/// Each part, and its name for operators.
inline constexpr std::array<std::pair<std::string_view, std::uint64_t memory_parts::*>, 5> all_memory_parts{{
    {"coarse_codes", &memory_parts::coarse_codes},
    {"fine_codes", &memory_parts::fine_codes},
    {"embeddings", &memory_parts::embeddings},
    {"ids", &memory_parts::ids},
    {"lists", &memory_parts::lists},
}};

constexpr memory_parts& operator+=(memory_parts& to, const memory_parts& what) noexcept {
  for (const auto& [name, part] : all_memory_parts)
    to.*part += what.*part;
  return to;
}

constexpr memory_parts& operator-=(memory_parts& from, const memory_parts& what) noexcept {
  for (const auto& [name, part] : all_memory_parts)
    from.*part -= what.*part;
  return from;
}

} // namespace rollcall::shard
