/// The references of one chunk where they lie in a mapped file. Any thread may ask; changed by the index's one writer.
#pragma once

#include "shard/snapshot/row_digest.hpp"

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace rollcall::shard {

/// What is read is compared with its digest when it is first asked for, and believed from then on.
class mapped_rows {
public:
  /// A part of the chunk: so many bytes for each row, and their digests. Null where there is none.
  struct part {
    const std::uint8_t* begin = nullptr;
    std::size_t row_bytes = 0;
    const row_digest* digests = nullptr;
  };
  /// All stay in place. Digests of `fine` are of fine_group_rows rows.
  mapped_rows(part values, part fine) noexcept : values_(values), fine_(fine) {}

  /// Whether row `at` is what was written. Precondition: at < chunk_rows, and there is such a row.
  [[nodiscard]] bool holds(std::size_t at) const { return is_known(known_, at, values_, 1); }
  /// Whether its fine code is.
  [[nodiscard]] bool holds_fine(std::size_t at) const {
    return fine_.begin == nullptr || is_known(fine_known_, at / fine_group_rows, fine_, fine_group_rows);
  }
  /// Row `at` is about to be overwritten in memory. False: its neighbours' fine codes are not what was written.
  [[nodiscard]] bool change(std::size_t at) {
    const bool is_good = holds_fine(at);
    changed_ |= std::uint64_t{1} << at;
    known_.fetch_or(std::uint64_t{1} << at, std::memory_order_relaxed);
    return is_good;
  }
  /// Rows that were overwritten.
  [[nodiscard]] int changed() const noexcept { return std::popcount(changed_); }

private:
  // One of what has a digest.
  static bool is_known(std::atomic<std::uint64_t>& known, std::size_t number, const part& of, std::size_t rows) {
    const auto bit = std::uint64_t{1} << number;
    if ((known.load(std::memory_order_relaxed) & bit) != 0)
      return true;
    const auto bytes = rows * of.row_bytes;
    if (digest_rows({of.begin + number * bytes, bytes}) != of.digests[number])
      return false;
    known.fetch_or(bit, std::memory_order_relaxed);
    return true;
  }

  part values_;
  part fine_;
  std::uint64_t changed_ = 0;
  mutable std::atomic<std::uint64_t> known_{0};
  mutable std::atomic<std::uint64_t> fine_known_{0};
};

} // namespace rollcall::shard
