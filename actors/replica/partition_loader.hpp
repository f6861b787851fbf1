/// Brings partitions into a shard's gallery: the load from a snapshot or from the STORE's rows, and the catching up
/// after either, or after a gap. A plain class; how it reads, changes the gallery and waits is given to it, so it knows
/// neither CAF nor threads. Owned by the SHARD actor; works on any number of partitions at a time.
#pragma once

#include "actors/replica/replica_set.hpp"
#include "actors/replica/snapshot_loader.hpp"
#include "core/result.hpp"
#include "shard/gallery.hpp"
#include "store/store.hpp"

#include <optional>
#include <utility>

namespace rollcall::actors {

/// `caught_up`: at the head the store had. `gone`: the store has no such partition. `pruned`: mutations are missing
/// that the store has no more: a load from the start is needed. `given_up`: nobody wants the load any more.
enum class load_end { caught_up, gone, pruned, given_up };

/// A failed read or change is tried again after a pause, for ever.
class partition_loader {
public:
  using done = std::function<void(load_end)>;

  /// `into` outlives the loader. `page`: rows per read.
  partition_loader(shard::gallery& into, loader_ports ports, std::size_t page);

  /// All partitions of the store, with their heads.
  void list_heads(std::function<void(std::vector<store::partition_head>)> then);

  /// Loads a partition from the start, by a snapshot where one can be had, and follows its mutations to the store's
  /// present head.
  void load(const partition_load& what, done then);

  /// Of the last load that was begun.
  [[nodiscard]] const load_progress& progress() const noexcept { return progress_; }

  /// Follows the mutations of one partition to the store's present head. Never ends `given_up`.
  void catch_up(partition_key key, done then);

private:
  void load_snapshot(const partition_load& what, const done& then);
  void load_rows(const partition_load& what, const done& then);
  void load_page(const partition_load& what, std::optional<std::pair<core::reference_kind, core::uuid>> after,
                 const done& then);
  void add_page(const partition_load& what, store::reference_page page, const done& then);
  void find_head(const partition_load& what, const done& then);
  void apply_tail(partition_key key, core::mutation_batch batch, const done& then);
  template <class T>
  void read(std::function<core::result<T>(store::store&)> what, std::function<void(core::result<T>)> then);
  void try_again(const core::error& why, std::function<void()> again);

  shard::gallery& gallery_;
  loader_ports ports_;
  load_progress progress_;
  snapshot_loader snapshots_;
  std::size_t page_;
};

} // namespace rollcall::actors
