#include "net/envelopes.hpp"

#include <algorithm>

namespace rollcall::net {

pb::failure failure_of(const core::error& failed) {
  pb::failure made;
  made.set_code(std::string(core::to_string(failed.code)));
  made.set_message(failed.message);
  return made;
}

core::error error_of(const pb::failure& got) {
  for (std::size_t code = 0; code < core::error_code_count; ++code)
    if (core::to_string(static_cast<core::error_code>(code)) == got.code())
      return {static_cast<core::error_code>(code), got.message(), {}};
  return {core::error_code::internal, got.message(), "error code " + got.code()};
}

std::uint32_t milliseconds_left(core::steady_time until, core::steady_time now) {
  constexpr std::int64_t most = 3'600'000;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(left, 1, most));
}

} // namespace rollcall::net
