/// Zeroed memory on cache-line boundaries. From 2 MB on it comes from the system in pages of its own, huge ones where
/// they are given and fit: only what is touched is taken, so more may be asked for than is needed yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace rollcall::shard {

inline constexpr std::size_t cache_line_bytes = 64;
inline constexpr std::size_t small_page_bytes = 4'096;
inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

/// Gives back what `make_aligned_memory` gave.
struct release_memory {
  std::size_t mapped = 0; ///< 0: from the allocator
  void operator()(std::uint8_t* data) const noexcept;
};

using aligned_memory = std::unique_ptr<std::uint8_t[], release_memory>;

/// At least `bytes` ≥ 1 zeros, rounded up to whole lines or, from huge_page_bytes on, whole pages, and aligned to lines
/// or huge pages. Throws std::bad_alloc.
[[nodiscard]] aligned_memory make_aligned_memory(std::size_t bytes);
/// The same, all of them touched, so that their first use does not wait for it; null where there is no memory.
[[nodiscard]] aligned_memory make_touched_memory(std::size_t bytes) noexcept;
/// A huge page of them that is filled at once: it may have been touched before (page_reserve.hpp).
[[nodiscard]] aligned_memory make_page_to_fill();

/// Makes a part of such memory zeros, and gives the system back what it can of it.
void discard_memory(std::uint8_t* begin, std::size_t bytes) noexcept;

/// What make_aligned_memory rounds up to.
[[nodiscard]] constexpr std::size_t rounded_memory(std::size_t bytes) noexcept {
  const auto to = bytes >= huge_page_bytes ? small_page_bytes : cache_line_bytes;
  return (bytes + to - 1) / to * to;
}

} // namespace rollcall::shard
