/// The decoder of every operation behind one signature, for tests that go over all of them.
#pragma once

#include "wire/codec.hpp"
#include "wire/operation.hpp"

#include <string_view>

namespace rollcall::wire {

/// What decoding `body` as the request of `op` says.
inline core::status decode_any(operation op, std::string_view body) {
  const auto status_of = [](const auto& decoded) -> core::status {
    if (!decoded)
      return decoded.failure();
    return core::nothing{};
  };
  switch (op) {
#define ROLLCALL_CASE(name, text)                                                                                      \
  case operation::name:                                                                                                \
    return status_of(decode<name##_request>(body));
    ROLLCALL_OPERATIONS(ROLLCALL_CASE)
#undef ROLLCALL_CASE
  }
  return core::nothing{};
}

} // namespace rollcall::wire
