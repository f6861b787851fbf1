#include "front/http_message.hpp"

#include "core/ascii.hpp"

#include <algorithm>

namespace rollcall::front {

bool is_same_name(std::string_view a, std::string_view b) noexcept {
  const auto lower = [](char c) { return core::lower_case(c); };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view http_request::header(std::string_view name) const noexcept {
  const auto found = std::ranges::find_if(headers, [name](const auto& one) { return is_same_name(one.name, name); });
  return found == headers.end() ? std::string_view{} : std::string_view{found->value};
}

bool http_request::has_header(std::string_view name) const noexcept {
  return std::ranges::any_of(headers, [name](const auto& one) { return is_same_name(one.name, name); });
}

} // namespace rollcall::front
