/// The exact index: a scan over 4-bit codes with proved bounds, then exact cosines of the few references that the
/// bounds leave in question. No locks (see reference_index.hpp).
#pragma once

#include "shard/codes/code_block.hpp"
#include "shard/codes/probe_scan.hpp"
#include "shard/codes/scan.hpp"
#include "shard/lists/inverted_lists.hpp"
#include "shard/reference_index.hpp"
#include "shard/reference_rows.hpp"
#include "shard/search_helpers.hpp"

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

namespace rollcall::shard {

class shared_search;

/// What an index may spend on one probe before it answers `not_proved`.
struct coded_index_limits {
  std::size_t most_compared = 1'000'000; ///< exact cosines; at least a search's k
  std::size_t train_from = 16'384;       ///< references that codes of their own are trained for
  bool stays_in_files = false;           ///< what is compared and was mapped; else it is brought into memory
  /// Threads that help with large indexes, each with a limit of its own; null: none.
  std::shared_ptr<search_helpers> helpers{};
  std::size_t lists_from = 65'536; ///< references from which on lists are made, once a search can do with them
  std::size_t lists_looked_at = 0; ///< by each probe of such a search; 0: as many as its recall takes
};

/// Codes lie in blocks. Cost of a search: one pass over size() × coordinates / 2 bytes for probes_at_once() probes (the
/// dimension padded to a power of two at first; once upkeep has trained a transform, as many coordinates as it
/// needs), and some tens to thousands of exact cosines (2 KiB each) a probe, fewer the higher its lowest cosine. Always
/// `proved`, unless the limit was reached.
///
/// A search with a recall floor below 1 has rows sorted into lists in the background, which takes about a quarter
/// of the codes' memory besides; from then on it reads the lists near its probe, and all rows that came since.
class coded_index final : public reference_index {
public:
  /// Precondition (asserted): dimension ≥ 1.
  explicit coded_index(std::size_t dimension, coded_index_limits limits = {});

  [[nodiscard]] core::status check(std::span<const float> embedding) const override { return rows_.check(embedding); }
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
  [[nodiscard]] memory_parts memory() const noexcept override;
  [[nodiscard]] search_outcome search(const probe_matrix& probes, float recall_floor,
                                      std::span<top_k> best) const override;
  /// What a search reads of each reference at least, in bytes; 0 while there are none.
  [[nodiscard]] double bytes_scanned() const noexcept;
  [[nodiscard]] bool wants_study() const noexcept override;
  [[nodiscard]] std::function<finding()> study() const override;
  bool upkeep(const finding* found) override;
  void expect(std::size_t rows) noexcept override { rows_.expect(rows); }
  bool settle(aligned_memory room) override;
  [[nodiscard]] std::size_t room_to_settle() const noexcept override;
  [[nodiscard]] bool is_settled() const noexcept override;
  [[nodiscard]] std::unique_ptr<errand> next_errand() const override;
  void finish(errand& done) override;
  /// Of `limits`; a change.
  void set_lists_looked_at(std::size_t count) noexcept { limits_.lists_looked_at = count; }
  [[nodiscard]] bool wants_nearest() const noexcept override;
  void note_nearest(nearest_to what, std::span<const float> values, const core::uuid& id) const override;

private:
  void put_code(std::size_t row, const known_code& as = {});
  void code_tile(std::size_t block);
  void replace_code(std::size_t row, const known_code& as) noexcept;
  void learn(const known_code& from);
  void add_codes(std::size_t first, const reference_block& from, std::size_t at);
  void bring_home(std::size_t chunk);
  bool bring_codes_home(std::size_t most);
  [[nodiscard]] bool lies_in_file(std::size_t chunk, const file_mapping* but) const noexcept;

  [[nodiscard]] std::vector<probe_scan> begin(const probe_matrix& probes, std::span<top_k> best,
                                              shared_search& with) const;
  void scan_rows(const probe_matrix& probes, std::span<probe_scan> scans, shared_search& with) const;
  void refine(probe_scan& scan, const coded_probe& by) const;
  [[nodiscard]] static search_outcome end(std::span<probe_scan> scans);
  [[nodiscard]] search_outcome search_all(const probe_matrix& probes, std::span<top_k> best) const;
  [[nodiscard]] search_outcome search_share(const probe_matrix& probes, std::span<top_k> best,
                                            shared_search& with) const;

  // -- lists: coded_lists.cpp, list_search.cpp
  class centre_errand;
  class list_errand;
  class list_visits;
  [[nodiscard]] bool has_one_transform() const noexcept;
  [[nodiscard]] double longest() const noexcept;
  [[nodiscard]] coded_probe code_for_lists(std::span<const float> probe) const;
  struct fine_rows;
  [[nodiscard]] fine_rows read_fine(std::size_t first, std::size_t count, std::size_t step) const;
  [[nodiscard]] bool want_lists(const inverted_lists& than) const noexcept;
  void take(const list_errand& found, inverted_lists& into) const;
  void relist(std::size_t row, inverted_lists& in) const;
  void relist(std::size_t row);
  void unlist_last();
  void drop_lists() noexcept;
  [[nodiscard]] std::size_t lists_for(float recall_floor) const noexcept;
  [[nodiscard]] search_outcome search_lists(const probe_matrix& probes, std::size_t depth, std::span<top_k> best) const;
  void scan_lists(const probe_matrix& probes, std::size_t depth, std::span<probe_scan> scans) const;

  coded_index_limits limits_;
  std::shared_ptr<const transform> mixing_;
  std::shared_ptr<const transform> best_; ///< what upkeep was given, or codes from elsewhere were made by
  reference_rows rows_;
  std::vector<code_block> blocks_;
  std::size_t studied_at_ = 0;                   ///< size when the last study ended
  std::size_t left_until_ = 0;                   ///< chunks that leave_files need not look at
  std::unique_ptr<inverted_lists> lists_;        ///< that searches read
  std::unique_ptr<inverted_lists> next_lists_;   ///< that are being made
  mutable std::atomic<bool> wants_lists_{false}; ///< a search could do with them
};

/// The factory of coded indexes.
[[nodiscard]] index_factory coded_indexes(coded_index_limits limits = {});

} // namespace rollcall::shard
