#include "core/error.hpp"

#include <array>

namespace rollcall::core {

namespace {

struct row {
  std::string_view name;
  bool retryable;
  std::string_view text;
};

constexpr std::array<row, error_code_count> table{{
#define ROLLCALL_ROW(code, retry, text) {#code, retry, text},
    ROLLCALL_ERROR_CODES(ROLLCALL_ROW)
#undef ROLLCALL_ROW
}};

const row& at(error_code code) noexcept {
  return table[static_cast<std::size_t>(code) % error_code_count];
}

} // namespace

std::string_view to_string(error_code code) noexcept {
  return at(code).name;
}

std::string_view describe(error_code code) noexcept {
  return at(code).text;
}

bool is_retryable(error_code code) noexcept {
  return at(code).retryable;
}

} // namespace rollcall::core
