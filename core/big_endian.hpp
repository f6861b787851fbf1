/// Whole numbers as bytes, the highest first. Header only; pure functions, any thread.
#pragma once

#include "core/bytes.hpp"

#include <cstdint>

namespace rollcall::core {

/// Appends the `size` lowest bytes (1 to 8) of `value` to a container of one-byte elements.
template <class Bytes>
void add_big_endian(Bytes& to, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
    to.push_back(static_cast<typename Bytes::value_type>(value >> static_cast<unsigned>(shift)));
}

/// The number in 0 to 8 bytes; none are 0.
[[nodiscard]] constexpr std::uint64_t read_big_endian(byte_view from) noexcept {
  std::uint64_t value = 0;
  for (const auto each : from)
    value = value << 8U | each;
  return value;
}

} // namespace rollcall::core
