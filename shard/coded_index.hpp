/// The exact index: a scan over 4-bit codes with proved bounds, then exact cosines of the few references that the
/// bounds leave in question. No locks (see reference_index.hpp).
#pragma once

#include "shard/code_tiles.hpp"
#include "shard/reference_index.hpp"
#include "shard/reference_rows.hpp"
#include "shard/scan.hpp"

#include <memory>
#include <vector>

namespace rollcall::shard {

/// What an index may spend on one probe before it answers `not_proved`.
struct coded_index_limits {
  std::size_t most_compared = 1'000'000; ///< exact cosines
};

/// Codes lie in blocks of 65,536 references. Cost of a search: one pass over size() × padded dimension / 2 bytes for up
/// to 6 probes at a time, and some tens to thousands of exact cosines (2 KiB each) a probe, fewer the higher its lowest
/// cosine. Always `proved`, unless the limit was reached.
class coded_index final : public reference_index {
public:
  /// Precondition (asserted): dimension ≥ 1.
  explicit coded_index(std::size_t dimension, coded_index_limits limits = {});

  [[nodiscard]] core::status upsert(const core::uuid& id, std::span<const float> embedding) override;
  bool remove(const core::uuid& id) override;
  [[nodiscard]] bool contains(const core::uuid& id) const override { return rows_.contains(id); }
  [[nodiscard]] std::size_t size() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept override { return rows_.dimension(); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept override;
  [[nodiscard]] exactness search(const probe_matrix& probes, exactness_wanted wanted,
                                 std::span<top_k> best) const override;

private:
  void put_code(std::size_t row);

  coded_index_limits limits_;
  std::shared_ptr<const transform> mixing_;
  reference_rows rows_;
  std::vector<code_tiles> blocks_;
};

/// The factory of coded indexes.
[[nodiscard]] index_factory coded_indexes();

} // namespace rollcall::shard
