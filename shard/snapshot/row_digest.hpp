/// What tells that references in a file are what was written there. Pure; any thread.
#pragma once

#include "core/digest.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rollcall::shard {

/// The first half of a SHA-256: nobody finds other rows for it.
using row_digest = std::array<std::uint8_t, 16>;

/// Fine codes have a digest for so many rows: a search reads hundreds of them, here and there, and they are short.
inline constexpr std::size_t fine_group_rows = 16;

/// Of a row with its padding, or of a group of fine codes.
[[nodiscard]] inline row_digest digest_rows(core::byte_view bytes) {
  const auto whole = core::sha256(bytes);
  row_digest made{};
  std::copy_n(whole.begin(), made.size(), made.begin());
  return made;
}

} // namespace rollcall::shard
