/// What tells that a reference in a file is what was written there. Pure; any thread.
#pragma once

#include "core/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rollcall::shard {

/// The first half of a SHA-256: nobody finds another row for it.
using row_digest = std::array<std::uint8_t, 16>;

/// `row`: float32 with their padding; `fine`: the fine code, or nothing.
[[nodiscard]] inline row_digest digest_row(core::byte_view row, core::byte_view fine) {
  const auto whole = core::sha256_joined({row, fine});
  row_digest made{};
  std::copy_n(whole.begin(), made.size(), made.begin());
  return made;
}

} // namespace rollcall::shard
