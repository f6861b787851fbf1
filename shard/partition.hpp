/// One partition of a collection: its face and user indexes and how far it has followed the mutations. Plain class
/// without locks: `gallery` lets either one change or many searches in.
#pragma once

#include "core/mutation.hpp"
#include "shard/reference_block.hpp"
#include "shard/reference_index.hpp"

#include <memory>
#include <span>

namespace rollcall::shard {

/// References that a load will bring, as far as it is known.
struct load_size {
  std::size_t faces = 0;
  std::size_t users = 0;
};

class partition {
public:
  /// Empty, at sequence number 0: the state of a partition before its first mutation.
  explicit partition(index_factory make_index);

  /// Puts in references as the store listed them, without a sequence number: they are what the store held at
  /// `load_from` or later, so replaying the mutations after it gives the store's state. A reference that the index
  /// refuses is left out and logged.
  void load(std::span<const core::reference> references);
  /// The same of a snapshot's block. Errors: `corrupt` (a row is not what its digest says), `over_budget`; the
  /// partition is to be loaded anew then.
  [[nodiscard]] core::status load(const reference_block& references);

  /// Forgets everything, for a load from the start. Until `load_from` the partition does not answer searches.
  void begin_load(const load_size& expected = {});

  /// Declares that every mutation up to `seq` is contained. Call before applying what follows. Never moves back.
  void load_from(std::uint64_t seq);

  /// Applies mutations, ascending by seq. Those applied before are skipped, so repeating a batch has no effect.
  /// A committed reference that the index refuses (it cannot be searched) is left out and logged; it does not stop the
  /// partition. Errors: `gap` when one between `seq()` and the batch is missing; what came before it stays applied.
  [[nodiscard]] core::status apply(std::span<const core::mutation> mutations);

  /// Notes that the store has committed `head`.
  void note_head(std::uint64_t head) noexcept;

  [[nodiscard]] bool is_loading() const noexcept { return is_loading_; }
  [[nodiscard]] std::uint64_t seq() const noexcept { return seq_; }
  /// The last mutation that is known to have been committed: with fewer than that the partition is not current.
  [[nodiscard]] std::uint64_t head() const noexcept { return head_; }
  /// References that mutations removed or replaced since the last load.
  [[nodiscard]] std::uint64_t erasures() const noexcept { return erasures_; }
  /// Loads begun, ever.
  [[nodiscard]] std::uint64_t loads() const noexcept { return loads_; }
  /// A file that references lie in is not what it was: the partition is of no use until it was loaded anew.
  [[nodiscard]] bool is_damaged() const noexcept;
  [[nodiscard]] std::size_t size(core::reference_kind kind) const noexcept;
  [[nodiscard]] memory_parts memory() const noexcept;

  /// Offers the nearest references of one kind to `best` (as reference_index::search).
  /// Errors: `model_mismatch` when the references have another dimension than the probes; `best` is as it was then.
  [[nodiscard]] core::result<search_outcome> search(core::reference_kind kind, const probe_matrix& probes,
                                                    float recall_floor, std::span<top_k> best) const;
  /// `model_mismatch` when references of that dimension can't be searched for the probes.
  [[nodiscard]] static core::status check(const probe_matrix& probes, std::size_t dimension);

  /// A copy of one reference's embedding; empty where it is not there.
  [[nodiscard]] std::vector<float> find(core::reference_kind kind, const core::uuid& id) const;

  /// As reference_index's.
  void move_to_file(core::reference_kind kind, const moved_block& what);
  bool leave_files(core::reference_kind kind, const file_mapping* but, std::size_t most);

  /// Null while there is none of the kind.
  [[nodiscard]] const reference_index* index(core::reference_kind kind) const noexcept;

  /// As reference_index's, of the index of one kind. A partition that is loading wants none.
  [[nodiscard]] bool wants_study(core::reference_kind kind) const noexcept;
  bool upkeep(core::reference_kind kind, const reference_index::finding* found);
  bool settle(core::reference_kind kind, aligned_memory room);
  [[nodiscard]] std::size_t room_to_settle(core::reference_kind kind) const noexcept;
  [[nodiscard]] bool is_settled() const noexcept;
  [[nodiscard]] std::unique_ptr<reference_index::errand> next_errand(core::reference_kind kind) const;
  void finish(core::reference_kind kind, reference_index::errand& done);

private:
  [[nodiscard]] std::unique_ptr<reference_index>& slot(core::reference_kind kind) noexcept;
  void put(core::reference_kind kind, const core::uuid& id, std::span<const float> embedding,
           const known_code& as = {});
  [[nodiscard]] core::status put(const reference_block& from, std::size_t at);
  reference_index* prepare(core::reference_kind kind, std::size_t dimension);

  index_factory make_index_;
  std::unique_ptr<reference_index> faces_; ///< null until the first reference tells the dimension
  std::unique_ptr<reference_index> users_;
  std::uint64_t seq_ = 0;
  std::uint64_t head_ = 0;
  std::uint64_t erasures_ = 0;
  std::uint64_t loads_ = 0;
  bool is_loading_ = false;
  load_size expected_; ///< while it is loading
};

} // namespace rollcall::shard
