/// `ROLLCALL_ASSERT`: a condition that only a bug in Rollcall can break. On in every build; input can never reach it.
#pragma once

namespace rollcall::core {

/// Prints the broken condition to stderr and aborts.
[[noreturn]] void assertion_failed(const char* condition, const char* file, int line) noexcept;

} // namespace rollcall::core

#define ROLLCALL_ASSERT(condition)                                                                                     \
  (static_cast<bool>(condition) ? void(0) : ::rollcall::core::assertion_failed(#condition, __FILE__, __LINE__))
