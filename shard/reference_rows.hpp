/// The references of one index as they were enrolled: ids and float32 rows, packed without holes. No locks: owned by
/// one index.
#pragma once

#include "core/result.hpp"
#include "core/uuid.hpp"
#include "shard/codes/similarity.hpp"
#include "shard/id_table.hpp"
#include "shard/memory/memory_parts.hpp"
#include "shard/memory/row_chunks.hpp"
#include "shard/snapshot/mapped_rows.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::shard {

/// A removed row is replaced by the last one.
class reference_rows {
public:
  /// A chunk in a file.
  struct mapped_chunk {
    row_chunks::place values;
    std::unique_ptr<mapped_rows> rows;
  };

  /// Precondition (asserted): dimension ≥ 1.
  explicit reference_rows(std::size_t dimension);

  /// Errors: `model_mismatch` (other dimension), `invalid_argument` (a value is not finite, or all are 0).
  [[nodiscard]] core::status check(std::span<const float> embedding) const;

  /// Puts a checked reference in, or replaces the one with this id; returns its row. Throws std::bad_alloc, and has
  /// changed nothing then but reserved memory.
  std::size_t put(const core::uuid& id, std::span<const float> embedding);

  /// Room for the ids of so many rows, which come soon; none where there is no memory for it.
  void expect(std::size_t rows) noexcept;

  /// Takes a reference out: its row, which the last one has taken now (if it was not the last itself), or nothing.
  std::optional<std::size_t> remove(const core::uuid& id);

  [[nodiscard]] bool contains(const core::uuid& id) const noexcept { return rows_.find(id, ids_).has_value(); }
  [[nodiscard]] std::optional<std::size_t> row_of(const core::uuid& id) const noexcept { return rows_.find(id, ids_); }
  /// A copy of a reference's values; none where it is not there.
  [[nodiscard]] std::optional<std::vector<float>> find(const core::uuid& id) const;
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept { return dimension_; }
  [[nodiscard]] memory_parts memory() const noexcept;

  /// Appends the references of chunk size() / chunk_rows where they lie in a file: `count` ids, checked vectors. False
  /// when one of them is here already; nothing has changed then. Throws std::bad_alloc, and has changed nothing then.
  /// Preconditions (asserted): size() is a multiple of chunk_rows, 1 ≤ count ≤ chunk_rows.
  [[nodiscard]] bool adopt(std::span<const core::uuid> ids, mapped_chunk from);
  /// Takes a chunk's rows, which are what was written there, to a file. Throws as above. Precondition: it is full.
  void move_to_file(std::size_t chunk, mapped_chunk to);
  /// Brings a chunk into memory; all its rows are compared with their digests before.
  void bring_home(std::size_t chunk);
  [[nodiscard]] bool is_mapped(std::size_t chunk) const noexcept {
    return chunk < mapped_.size() && mapped_[chunk] != nullptr;
  }
  /// The file that a chunk lies in, or null.
  [[nodiscard]] const void* file(std::size_t chunk) const noexcept { return values_.keeper(chunk); }
  /// Changes of a chunk's rows so far.
  [[nodiscard]] std::uint32_t changes(std::size_t chunk) const noexcept { return changes_[chunk]; }

  /// Whether a row is what was written to the file that it lies in. Once one is not, that is known for good.
  bool holds(std::size_t row) const;
  /// The same of the fine code that lies beside it.
  bool holds_fine(std::size_t row) const;
  [[nodiscard]] bool is_damaged() const noexcept { return is_damaged_; }

  [[nodiscard]] const core::uuid& id(std::size_t row) const noexcept { return ids_[row]; }
  /// `dimension()` values of a row. Look at is_damaged() before what was made of them is believed; as of `block`.
  [[nodiscard]] std::span<const float> values(std::size_t row) const {
    holds(row);
    return {data(row), dimension_};
  }
  /// The row as `dot_block` reads it.
  [[nodiscard]] row_block block(std::size_t row) const {
    holds(row);
    return {data(row), 1, stride_};
  }
  /// Asks for a row that will be read soon.
  void prefetch(std::size_t row) const noexcept;

private:
  [[nodiscard]] const float* data(std::size_t row) const noexcept {
    return reinterpret_cast<const float*>(values_.row(row));
  }
  [[nodiscard]] float* data(std::size_t row) noexcept { return reinterpret_cast<float*>(values_.row(row)); }
  std::size_t append(const core::uuid& id);
  bool add_ids(std::span<const core::uuid> ids);
  void begin_change(std::size_t row);
  void set_mapped(std::size_t chunk, std::unique_ptr<mapped_rows> to) noexcept;

  const std::size_t dimension_;
  const std::size_t stride_;
  row_chunks values_;
  std::vector<core::uuid> ids_; ///< by row
  id_table rows_;
  std::vector<std::uint32_t> changes_;               ///< by chunk
  std::vector<std::unique_ptr<mapped_rows>> mapped_; ///< by chunk, null: in memory; may be shorter
  std::size_t written_rows_ = 0;                     ///< of mapped chunks
  mutable std::atomic<bool> is_damaged_{false};
};

} // namespace rollcall::shard
