/// The exact index: a scan over 4-bit codes with proved bounds, then exact cosines of the few references that the
/// bounds leave in question. No locks (see reference_index.hpp).
#pragma once

#include "shard/code_block.hpp"
#include "shard/reference_index.hpp"
#include "shard/reference_rows.hpp"
#include "shard/scan.hpp"
#include "shard/search_helpers.hpp"

#include <memory>
#include <vector>

namespace rollcall::shard {

/// What an index may spend on one probe before it answers `not_proved`.
struct coded_index_limits {
  std::size_t most_compared = 1'000'000; ///< exact cosines; at least a search's k
  std::size_t train_from = 16'384;       ///< references that codes of their own are trained for
  bool stays_in_files = false;           ///< what was mapped; else upkeep brings it into memory
  /// Threads that help with large indexes, each with a limit of its own; null: none.
  std::shared_ptr<search_helpers> helpers{};
};

/// Codes lie in blocks. Cost of a search: one pass over size() × coordinates / 2 bytes for up to 16 probes at a time
/// (the dimension padded to a power of two at first; once upkeep has trained a transform, as many coordinates as it
/// needs), and some tens to thousands of exact cosines (2 KiB each) a probe, fewer the higher its lowest cosine. Always
/// `proved`, unless the limit was reached.
class coded_index final : public reference_index {
public:
  /// Precondition (asserted): dimension ≥ 1.
  explicit coded_index(std::size_t dimension, coded_index_limits limits = {});

  using reference_index::upsert;
  [[nodiscard]] core::status upsert(const core::uuid& id, std::span<const float> embedding,
                                    const known_code& as) override;
  [[nodiscard]] core::result<bool> adopt(const reference_block& from, std::size_t at, std::size_t count) override;
  void move_to_file(const moved_block& what) override;
  bool leave_files(const file_mapping* but, std::size_t most) override;
  [[nodiscard]] bool is_damaged() const noexcept override { return rows_.is_damaged(); }
  bool remove(const core::uuid& id) override;
  [[nodiscard]] bool contains(const core::uuid& id) const override { return rows_.contains(id); }
  [[nodiscard]] std::optional<std::vector<float>> find(const core::uuid& id) const override { return rows_.find(id); }
  [[nodiscard]] std::size_t size() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept override { return rows_.dimension(); }
  [[nodiscard]] stored at(std::size_t row) const override { return {rows_.id(row), rows_.values(row)}; }
  [[nodiscard]] code_run codes(std::size_t first) const override;
  [[nodiscard]] std::uint32_t changes(std::size_t first) const override { return rows_.changes(first / chunk_rows); }
  [[nodiscard]] std::size_t memory_bytes() const noexcept override;
  [[nodiscard]] search_outcome search(const probe_matrix& probes, exactness_wanted wanted,
                                      std::span<top_k> best) const override;
  /// What a search reads of each reference at least, in bytes; 0 while there are none.
  [[nodiscard]] double bytes_scanned() const noexcept;
  [[nodiscard]] bool wants_study() const noexcept override;
  [[nodiscard]] std::function<finding()> study() const override;
  bool upkeep(const finding* found) override;

private:
  void put_code(std::size_t row, const known_code& as = {});
  void learn(const known_code& from);
  void add_codes(std::size_t first, const reference_block& from, std::size_t at);
  void bring_home(std::size_t chunk);
  class shared_search;
  [[nodiscard]] search_outcome search_share(const probe_matrix& probes, std::span<top_k> best,
                                            shared_search& with) const;
  coded_index_limits limits_;
  std::shared_ptr<const transform> mixing_;
  std::shared_ptr<const transform> best_; ///< what upkeep was given, or codes from elsewhere were made by
  reference_rows rows_;
  std::vector<code_block> blocks_;
  std::size_t studied_at_ = 0; ///< size when the last study ended
  std::size_t left_until_ = 0; ///< chunks that leave_files need not look at
};

/// The factory of coded indexes.
[[nodiscard]] index_factory coded_indexes(coded_index_limits limits = {});

} // namespace rollcall::shard
