/// Brings partitions from the STORE's rows into a shard's gallery: the load at the start, and the catching up after a
/// gap. A plain class; how it reads, changes the gallery and waits is given to it, so it knows neither CAF nor threads.
/// Owned by the SHARD actor; one operation at a time.
#pragma once

#include "actors/placement.hpp"
#include "core/result.hpp"
#include "shard/gallery.hpp"
#include "store/store.hpp"

#include <any>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace rollcall::actors {

/// What a loader asks of its owner. Each calls its continuation once, later, on the owner's thread.
struct loader_ports {
  using read_function = std::function<std::any(store::store&)>;
  /// Runs a blocking read at STORE.
  std::function<void(read_function, std::function<void(core::result<std::any>)>)> read;
  /// Runs a change of the gallery where changes are run, one after the other. The change itself touches nothing but the
  /// gallery, and may outlive the loader.
  std::function<void(std::function<core::status()>, std::function<void(core::status)>)> change;
  /// Continues after a pause, when a read or a change has failed.
  std::function<void(std::function<void()>)> later;
};

struct loader_settings {
  std::uint32_t index = 0; ///< the SHARD actor's place
  std::uint32_t shards = 1;
  std::size_t page = 2'048; ///< rows per read
};

/// A failed read or change is tried again after a pause, for ever; a collection that is gone is skipped.
class partition_loader {
public:
  using done = std::function<void()>;

  /// `into` outlives the loader.
  partition_loader(shard::gallery& into, loader_ports ports, loader_settings settings);

  /// Loads every partition placed here, and follows the mutations until at least what `want` named was read.
  void load_everything(done then);

  /// Follows the mutations of one partition to the store's present head; loads it anew when they were pruned.
  void catch_up(partition_key key, done then);

  /// While everything is loaded: the store has committed `seq`.
  void want(partition_key key, std::uint64_t seq);
  /// While everything is loaded: the collection is gone.
  void forget(core::collection_key collection);

private:
  struct load {
    partition_key key;
    std::uint64_t head = 0;
  };

  void step(const done& then);
  void load_partition(const load& what, const done& then);
  void load_page(const load& what, std::optional<std::pair<core::reference_kind, core::uuid>> after, const done& then);
  void add_page(const load& what, store::reference_page page, const done& then);
  void apply_tail(partition_key key, core::mutation_batch batch, const done& then);
  void reload(partition_key key, const done& then);
  template <class T>
  void read(std::function<core::result<T>(store::store&)> what, std::function<void(core::result<T>)> then);
  void try_again(const core::error& why, done again);

  shard::gallery& gallery_;
  loader_ports ports_;
  loader_settings settings_;
  std::deque<load> loads_;
  std::map<partition_key, std::uint64_t> wanted_;
};

} // namespace rollcall::actors
