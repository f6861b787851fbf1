/// All partitions that one SHARD holds. Thread-safe: any number of searches at a time; a change of a partition excludes
/// searches of that partition only, and small ones that come while they run wait for none. Owned by the SHARD actor;
/// searched from its worker threads.
#pragma once

#include "core/mutation.hpp"
#include "shard/deferred_mutations.hpp"
#include "shard/fair_shared_mutex.hpp"
#include "shard/gallery_totals.hpp"
#include "shard/lists/recall_meter.hpp"
#include "shard/partition.hpp"
#include "shard/partition_reader.hpp"
#include "shard/search.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace rollcall::shard {

/// A partition that was never named is empty and current: a new collection has no mutations. One that is loading has
/// not answered.
class gallery {
public:
  explicit gallery(index_factory make_index);

  // -- changes: one caller at a time. See `partition` for what each does. --

  void begin_load(core::collection_key collection, std::uint32_t partition, const load_size& expected = {});
  void load(core::collection_key collection, std::uint32_t partition, std::span<const core::reference> references);
  [[nodiscard]] core::status load(core::collection_key collection, std::uint32_t partition,
                                  const reference_block& references);
  void load_from(core::collection_key collection, std::uint32_t partition, std::uint64_t seq);
  void note_head(core::collection_key collection, std::uint32_t partition, std::uint64_t head);
  /// Errors: `gap`. A few mutations that come while searches run are deferred: searches and `find` see them at once,
  /// and upkeep puts them in. Nothing is counted of them till then.
  [[nodiscard]] core::status apply(const core::mutation_batch& batch);
  /// Forgets all partitions of a collection. Searches that run finish on what they began with.
  void drop(core::collection_key collection);
  /// The same for one partition, which must be asked for no more: it would be empty.
  void drop(core::collection_key collection, std::uint32_t partition);

  // -- beside changes and searches, one caller at a time --

  /// Makes later searches cheaper, one slice at a time: studies one partition's references or changes its index for
  /// about a millisecond. No answer changes by it, but of searches with a recall floor. False when nothing was left to
  /// do in any partition; while any is loading, what can wait is none of it.
  [[nodiscard]] bool upkeep();

  /// What did not change since it was copied to a file, while the partition had `loads`, lies there from now on.
  /// False where the partition was loaded anew, or is not held any more. Throws std::bad_alloc.
  bool move_to_file(core::collection_key collection, std::uint32_t partition, std::uint64_t loads,
                    const moved_block& what);
  /// Brings some references that lie in another file than `but` into memory. True when more do.
  bool leave_files(core::collection_key collection, std::uint32_t partition, core::reference_kind kind,
                   const file_mapping* but);

  // -- any time, any thread --

  /// Reads one partition's references; see `partition_reader`. Null for a partition that was never named, or dropped.
  [[nodiscard]] std::unique_ptr<partition_reader> read(core::collection_key collection, std::uint32_t partition) const;
  /// All that are held, by collection, partition.
  [[nodiscard]] std::vector<std::pair<core::collection_key, std::uint32_t>> list() const;
  /// Takes any face that is held, as `draw` says, and searches its partition for its own embedding: whether what comes
  /// out is as near as it is itself, and so no code says that it is further away than it is. None: there is none, or it
  /// can't be searched. Reads as a search does. Throws std::bad_alloc.
  struct self_check {
    core::collection_key collection;
    std::uint32_t partition = 0;
    core::uuid face;
    bool is_found = false;
  };
  [[nodiscard]] std::optional<self_check> check_one(std::uint64_t draw) const;
  /// Runs one search again, over everything, that looked at a part only: `recall` is what comes of it. False when none
  /// waits.
  bool measure_recall() const;
  [[nodiscard]] recall_estimate recall() const noexcept { return recall_.estimate(); }
  /// Whether a search or upkeep met a partition that is damaged, since the last call.
  [[nodiscard]] bool met_damage() const noexcept { return met_damage_.exchange(false); }
  /// Those that are to be loaded anew, since a file that references lie in is not what it was. They do not answer.
  [[nodiscard]] std::vector<std::pair<core::collection_key, std::uint32_t>> damaged() const;
  /// 0 for a partition that was never named. Waits for no search.
  [[nodiscard]] std::uint64_t seq(core::collection_key collection, std::uint32_t partition) const;
  /// Kept as it changes: waits for no search.
  [[nodiscard]] gallery_size size() const { return totals_.all(); }
  [[nodiscard]] std::vector<collection_size> size_by_collection() const { return totals_.by_collection(); }

  /// Searches all partitions asked, one after the other, carrying each probe's threshold along. A search that starts
  /// after `apply` returned sees what it applied. Blocks for as long as the rows take to read.
  /// Errors: `invalid_argument` (shape, k outside [1, 4'097], more than 1'024 probes), `model_mismatch` (dimension),
  /// `deadline_exceeded` (between two partitions), `over_budget` (no memory).
  [[nodiscard]] core::result<search_answer> search(const search_request& request) const;

  /// One reference of a partition. Errors: `not_ready` (it is loading, or has to be loaded anew).
  [[nodiscard]] core::result<found_reference> find(core::collection_key collection, std::uint32_t partition,
                                                   core::reference_kind kind, const core::uuid& id) const;

private:
  class reader;
  struct entry {
    mutable fair_shared_mutex mutex;
    shard::partition held;
    deferred_mutations deferred;
    bool is_dropped = false;         ///< no longer counted; under `mutex`
    std::atomic<bool> is_due{false}; ///< among due_
    bool is_waiting = false;         ///< among waiting_
    const core::collection_key of;
    entry(const index_factory& make_index, core::collection_key collection) : held(make_index), of(collection) {}
  };
  using entry_key = std::pair<core::collection_key, std::uint32_t>;
  using entry_map = std::map<entry_key, std::shared_ptr<entry>>;

  [[nodiscard]] std::shared_ptr<entry> find(const entry_key& key) const;
  [[nodiscard]] std::shared_ptr<entry> find_or_make(const entry_key& key);
  template <class Change>
  auto change(const entry_key& key, const Change& what);
  template <class Change>
  auto change(entry& target, const Change& what);
  template <class Change>
  auto change_alone(entry& target, const Change& what);
  bool upkeep(entry& target, bool may_settle);
  [[nodiscard]] static bool has(const entry& target, core::reference_kind kind);
  bool settle(entry& target, core::reference_kind kind);
  void let_wait(const std::shared_ptr<entry>& target);
  void forget_lessons();
  [[nodiscard]] std::optional<reference_index::finding> learn(const entry& target, core::reference_kind kind);
  bool run_errand(entry& target, core::reference_kind kind);
  bool meet_nearest(const entry& target, core::reference_kind kind);
  void note_nearest(const entry_key& key, const search_request& searched, const core::uuid& id) const;
  void make_due(const std::shared_ptr<entry>& target) const;
  entry_map::iterator drop(entry_map::iterator at);
  void count(const entry& target, bool is_added) noexcept;
  [[nodiscard]] core::result<partition_answer> search_one(const search_request& request, std::uint32_t partition,
                                                          const probe_matrix& probes, std::span<top_k> best) const;
  [[nodiscard]] core::result<search_answer> search_all(const search_request& request) const;

  index_factory make_index_;
  mutable std::mutex map_mutex_; ///< of the map alone; held for a look-up
  entry_map entries_;
  mutable std::mutex due_mutex_;
  mutable std::vector<std::shared_ptr<entry>>
      due_;                                   ///< changed since their last upkeep, or searched as they aren't ready for
  std::vector<std::weak_ptr<entry>> waiting_; ///< to be settled when nothing is loading; upkeep's alone
  /// What one partition found out serves the others of its collection: their references are alike.
  struct lesson {
    reference_index::finding found;
    std::size_t dimension = 0;
    std::size_t rows = 0; ///< in the partition that was studied
  };
  std::map<std::pair<core::collection_key, core::reference_kind>, lesson> lessons_; ///< upkeep's alone
  std::uint64_t met_ = 0;                                                           ///< the same
  mutable recall_meter recall_;
  mutable std::atomic<bool> met_damage_{false};
  std::atomic<std::size_t> loading_{0}; ///< partitions
  gallery_totals totals_;
};

} // namespace rollcall::shard
