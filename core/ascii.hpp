/// ASCII letters, whatever the locale; other characters stay as they are. Pure functions; any thread.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace rollcall::core {

[[nodiscard]] constexpr char lower_case(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

[[nodiscard]] inline std::string lower_case(std::string_view text) {
  std::string lowered{text};
  std::ranges::transform(lowered, lowered.begin(), [](char c) { return lower_case(c); });
  return lowered;
}

} // namespace rollcall::core
