/// Byte strings as they cross the system: immutable, shared, never copied from queue to queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace rollcall::core {

using byte_view = std::span<const std::uint8_t>;
using bytes = std::vector<std::uint8_t>;
/// Never null where a message holds one.
using shared_bytes = std::shared_ptr<const bytes>;

/// The characters of `text` as bytes; lives as long as they do.
[[nodiscard]] inline byte_view as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The bytes as characters; lives as long as they do.
[[nodiscard]] inline std::string_view as_text(byte_view view) noexcept {
  return {reinterpret_cast<const char*>(view.data()), view.size()};
}

} // namespace rollcall::core
