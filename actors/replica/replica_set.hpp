/// Which partitions a SHARD holds, which of them are loaded, and for which it may answer. A plain class, part of the
/// SHARD actor's state; it knows neither gallery nor store.
///
/// A cluster's SHARD answers for a partition that is loaded and that the map calls `ready`, and for one that is
/// `leaving` for a while more, until the others' maps are new. The only SHARD of a node without a cluster answers for
/// everything, and so for partitions that nobody has named.
#pragma once

#include "actors/search/placement.hpp"
#include "core/clock.hpp"
#include "store/membership.hpp"
#include "store/partitions.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::actors {

/// A load of one partition; the latest one of a partition counts.
struct partition_load {
  partition_key key;
  std::optional<std::uint64_t> head; ///< of the store before the load; none: to be asked for
  std::uint64_t ticket = 0;
};

class replica_set {
public:
  /// `grace`: how long what is leaving is answered for. `is_sole`: there is no cluster.
  explicit replica_set(std::chrono::milliseconds grace, bool is_sole = false) : grace_(grace), is_sole_(is_sole) {}

  /// Takes note of what is to be held. What is not held yet is queued for its load.
  struct difference {
    std::vector<partition_key> gone;         ///< held until now
    std::vector<store::share_entry> present; ///< loaded, so the heads are to be noted
  };
  [[nodiscard]] difference follow(std::span<const store::share_entry> share, core::steady_time now);
  /// The heads of the same share have been noted: what it calls ready may be answered for from now on.
  void settle(std::span<const store::share_entry> share);
  /// Holds the collection's partitions, or some of them, no more.
  void forget(core::collection_key collection, const std::optional<store::partition_range>& only = std::nullopt);
  /// The store has no such partition any more.
  void forget(const partition_key& key) { held_.erase(key); }

  // -- loads

  [[nodiscard]] std::optional<partition_load> next_load();
  [[nodiscard]] bool is_wanted(const partition_load& load) const;
  /// A load has come as far as `seq`. True when that is far enough, and the partition is loaded.
  [[nodiscard]] bool finish(const partition_load& load, std::uint64_t seq);
  /// What is loaded is too far behind: it is queued for a load from the start.
  void reload(const partition_key& key);
  /// Everything that is to be held is loaded and answered for.
  [[nodiscard]] bool is_settled() const;

  /// The store has committed `seq`. True: the partition takes it now. False: it is loading, and contains it when it is
  /// loaded; or it is not held here.
  [[nodiscard]] bool takes(const partition_key& key, std::uint64_t seq);
  [[nodiscard]] bool answers(const partition_key& key, core::steady_time now) const;
  /// All that are held, and whether they are loaded and leaving.
  struct condition {
    partition_key key;
    bool is_loaded = false;
    bool is_leaving = false;
  };
  [[nodiscard]] std::vector<condition> list() const;
  /// What the map does not know yet: what is loaded, and what is not answered for any more.
  [[nodiscard]] std::vector<store::placement> news(core::steady_time now) const;

private:
  struct replica {
    std::uint64_t ticket = 0;
    bool is_loaded = false;
    std::uint64_t wanted = 0; ///< not loaded before it has come as far as this
    store::placement_state told = store::placement_state::loading;
    std::optional<core::steady_time> leaving_since;
  };

  void queue(const partition_key& key, replica& held, std::optional<std::uint64_t> head);
  [[nodiscard]] bool has_left(const replica& held, core::steady_time now) const;

  std::chrono::milliseconds grace_;
  bool is_sole_;
  std::map<partition_key, replica> held_;
  std::deque<partition_load> loads_;
  std::uint64_t last_ticket_ = 0;
};

} // namespace rollcall::actors
