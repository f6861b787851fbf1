/// The references of one chunk where they lie in a mapped file. Any thread may ask; changed by the index's one writer.
#pragma once

#include "shard/row_digest.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rollcall::shard {

/// Each row is compared with its digest when it is first asked for, and believed from then on.
class mapped_rows {
public:
  /// A part of the chunk's memory: so many bytes for each row. `begin` may be null where there are none.
  struct part {
    const std::uint8_t* begin = nullptr;
    std::size_t row_bytes = 0;
  };
  /// All stay in place; `digests`: one for each row.
  mapped_rows(part values, part fine, const row_digest* digests) noexcept
      : values_(values), fine_(fine), digests_(digests) {}

  /// Whether row `at` is what was written. Precondition: at < chunk_rows, and there is such a row.
  [[nodiscard]] bool holds(std::size_t at) const {
    const auto bit = std::uint64_t{1} << at;
    if ((known_.load(std::memory_order_relaxed) & bit) != 0)
      return true;
    if (digest_row(view(values_, at), view(fine_, at)) != digests_[at])
      return false;
    known_.fetch_or(bit, std::memory_order_relaxed);
    return true;
  }
  /// Row `at` is overwritten in memory: its digest says nothing any more.
  void note_changed(std::size_t at) noexcept {
    changed_ |= std::uint64_t{1} << at;
    known_.fetch_or(std::uint64_t{1} << at, std::memory_order_relaxed);
  }
  /// Rows that were overwritten.
  [[nodiscard]] int changed() const noexcept { return std::popcount(changed_); }

private:
  static core::byte_view view(const part& of, std::size_t at) noexcept {
    return {of.begin + at * of.row_bytes, of.row_bytes};
  }

  part values_;
  part fine_;
  const row_digest* digests_;
  std::uint64_t changed_ = 0;
  mutable std::atomic<std::uint64_t> known_{0};
};

} // namespace rollcall::shard
