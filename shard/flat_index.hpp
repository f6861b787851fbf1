/// The exact index: every float32 row is read for every search. The reference for all others, and the whole index of
/// small galleries. No locks (see reference_index.hpp).
#pragma once

#include "shard/reference_index.hpp"

#include <unordered_map>
#include <vector>

namespace rollcall::shard {

/// Rows lie in chunks that never move, so growing copies nothing; a removed row is replaced by the last one.
/// Cost of a search: one pass over size() × padded(dimension) × 4 bytes for up to 64 probes; always `proved`.
class flat_index final : public reference_index {
public:
  /// Precondition (asserted): dimension ≥ 1.
  explicit flat_index(std::size_t dimension);

  [[nodiscard]] core::status upsert(const core::uuid& id, std::span<const float> embedding) override;
  bool remove(const core::uuid& id) override;
  [[nodiscard]] bool contains(const core::uuid& id) const override { return row_of_.contains(id); }
  [[nodiscard]] std::size_t size() const noexcept override { return ids_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept override { return dimension_; }
  [[nodiscard]] std::size_t memory_bytes() const noexcept override;
  [[nodiscard]] exactness search(const probe_matrix& probes, exactness_wanted wanted,
                                 std::span<top_k> best) const override;

private:
  [[nodiscard]] float* row(std::size_t at) noexcept;
  void append_row(const core::uuid& id);
  void scan(row_block probes, std::span<top_k> best) const;
  void offer(row_block rows, std::size_t first_row, std::span<const float> sums, std::span<top_k> best) const;

  const std::size_t dimension_;
  const std::size_t stride_;
  std::vector<aligned_floats> chunks_;
  std::vector<core::uuid> ids_; ///< by row
  std::unordered_map<core::uuid, std::size_t> row_of_;
};

/// The factory of flat indexes.
[[nodiscard]] index_factory flat_indexes();

} // namespace rollcall::shard
