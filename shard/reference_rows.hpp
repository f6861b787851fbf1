/// The references of one index as they were enrolled: ids and float32 rows, packed without holes. No locks: owned by
/// one index.
#pragma once

#include "core/result.hpp"
#include "core/uuid.hpp"
#include "shard/id_table.hpp"
#include "shard/row_chunks.hpp"
#include "shard/similarity.hpp"

#include <optional>
#include <span>
#include <vector>

namespace rollcall::shard {

/// A removed row is replaced by the last one.
class reference_rows {
public:
  /// Precondition (asserted): dimension ≥ 1.
  explicit reference_rows(std::size_t dimension);

  /// Errors: `model_mismatch` (other dimension), `invalid_argument` (a value is not finite, or all are 0).
  [[nodiscard]] core::status check(std::span<const float> embedding) const;

  /// Puts a checked reference in, or replaces the one with this id; returns its row. Throws std::bad_alloc, and has
  /// changed nothing then but reserved memory.
  std::size_t put(const core::uuid& id, std::span<const float> embedding);

  /// Takes a reference out: its row, which the last one has taken now (if it was not the last itself), or nothing.
  std::optional<std::size_t> remove(const core::uuid& id);

  [[nodiscard]] bool contains(const core::uuid& id) const noexcept { return rows_.find(id, ids_).has_value(); }
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  [[nodiscard]] const core::uuid& id(std::size_t row) const noexcept { return ids_[row]; }
  /// `dimension()` values of a row.
  [[nodiscard]] std::span<const float> values(std::size_t row) const noexcept { return {data(row), dimension_}; }
  /// The row as `dot_block` reads it.
  [[nodiscard]] row_block block(std::size_t row) const noexcept { return {data(row), 1, stride_}; }
  /// Asks for a row that will be read soon.
  void prefetch(std::size_t row) const noexcept;

private:
  [[nodiscard]] const float* data(std::size_t row) const noexcept {
    return reinterpret_cast<const float*>(values_.row(row));
  }
  [[nodiscard]] float* data(std::size_t row) noexcept { return reinterpret_cast<float*>(values_.row(row)); }
  std::size_t append(const core::uuid& id);

  const std::size_t dimension_;
  const std::size_t stride_;
  row_chunks values_;
  std::vector<core::uuid> ids_; ///< by row
  id_table rows_;
};

} // namespace rollcall::shard
