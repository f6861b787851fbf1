/// Brings partitions from the STORE's rows into a shard's gallery: the load from the start, and the catching up after a
/// gap. A plain class; how it reads, changes the gallery and waits is given to it, so it knows neither CAF nor threads.
/// Owned by the SHARD actor; works on any number of partitions at a time.
#pragma once

#include "actors/replica_set.hpp"
#include "core/result.hpp"
#include "shard/gallery.hpp"
#include "store/store.hpp"

#include <any>
#include <functional>
#include <optional>
#include <utility>

namespace rollcall::actors {

/// What a loader asks of its owner. Each but `is_wanted` calls its continuation once, later, on the owner's thread.
struct loader_ports {
  using read_function = std::function<std::any(store::store&)>;
  /// Runs a blocking read at STORE.
  std::function<void(read_function, std::function<void(core::result<std::any>)>)> read;
  /// Runs a change of the gallery where changes are run, one after the other. The change itself touches nothing but the
  /// gallery, and may outlive the loader.
  std::function<void(std::function<core::status()>, std::function<void(core::status)>)> change;
  /// Continues after a pause, when a read or a change has failed.
  std::function<void(std::function<void()>)> later;
  /// Whether a load is to go on.
  std::function<bool(const partition_load&)> is_wanted{};
  std::function<core::steady_time()> now = std::chrono::steady_clock::now;
};

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

  /// Loads a partition from the start and follows its mutations to the store's present head.
  void load(const partition_load& what, done then);

  /// Follows the mutations of one partition to the store's present head. Never ends `given_up`.
  void catch_up(partition_key key, done then);

private:
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
  std::size_t page_;
};

} // namespace rollcall::actors
