/// Keeps what a SHARD holds as the map and the store say: loads, applies pushed mutations, catches up, drops. A plain
/// class; how it reads, changes the gallery and waits is given to it (`loader_ports`), so it knows neither CAF nor
/// threads. Owned by the SHARD actor.
///
/// What makes an answer current: every write that was acknowledged before the answer was asked for is in it. A write is
/// acknowledged when each node that the map names for its partition after the commit has confirmed it, or may not call
/// its answers current any more. So, here: a partition answers only after a share that calls it ready was read, with
/// its heads noted (a write that this share does not contain is pushed, as the map names this node by then); and a
/// lease counts only after the heads of a share read after its heartbeat were noted (a write whose writer waited for an
/// earlier lease to run out is contained in them).
#pragma once

#include "actors/interfaces.hpp"
#include "actors/replica/partition_loader.hpp"
#include "actors/replica/replica_set.hpp"
#include "actors/replica/serving_lease.hpp"
#include "actors/replica/shard_metrics.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <variant>
#include <vector>

namespace rollcall::actors {

struct keeper_settings {
  bool is_sole = true; ///< without a cluster: answers for everything, and needs no lease
  std::size_t page = 2'048;
  std::chrono::milliseconds grace{3'000};
};

class replica_keeper {
public:
  /// `gallery` and `metrics` outlive what was posted to `ports.change`. `ports.is_wanted` is filled in. `ready`: called
  /// once, when everything that was first named is loaded and answered for.
  replica_keeper(shard::gallery& gallery, shard_metrics& metrics, loader_ports ports, const keeper_settings& settings,
                 std::function<void()> ready);

  /// Loads those of the store's partitions that `is_ours` says. Once, and only for the sole one.
  void hold_all(std::function<bool(std::uint32_t partition)> is_ours);
  /// A cluster's: see `follow_request`. `then` gives what is to be reported. Errors: `overloaded`.
  void follow(follow_request request, std::function<void(core::result<followed>)> then);

  /// Changes of several calls are applied together, in order. `then` is called when they are contained in what is
  /// answered from now on.
  void apply(apply_request request, std::function<void()> then);
  void drop(const drop_request& what, std::function<void()> then);

  /// Loads anew what lies in files that are not what they were.
  void reload_damaged();

  [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }
  /// All replicas, by partition.
  [[nodiscard]] std::vector<replica_status> list() const;
  /// The loads that are under way.
  [[nodiscard]] std::vector<replica_status> loads() const;
  /// Whether what is held of a partition may be answered from.
  [[nodiscard]] bool answers(const partition_key& key, core::steady_time now) const {
    return replicas_.answers(key, now);
  }
  /// May answers to what was asked now be called current, as far as other writers go.
  [[nodiscard]] bool is_leased(core::steady_time now) const noexcept { return settings_.is_sole || lease_.holds(now); }

private:
  struct pushed_change {
    std::variant<apply_request, drop_request> what;
    std::function<void()> then;
  };
  struct change_group {
    std::vector<pushed_change> changes;
    std::deque<partition_key> gaps; ///< that turned out to lack mutations before
    bool needs_load = false;        ///< one of them has to be loaded anew
  };

  void begin_group();
  static void apply_all(shard::gallery& gallery, shard_metrics& metrics, change_group& group);
  void close_gaps(const std::shared_ptr<change_group>& group);
  void end_group(change_group& group);

  void end_follow(const follow_request& request, const std::function<void(core::result<followed>)>& then);
  void load_next();
  void end_load(const partition_load& load, load_end how);
  void catch_up_next();
  void end_catch_up(const partition_key& key, load_end how);
  void become_ready();
  void show_size();
  void show_replicas();
  [[nodiscard]] loader_ports with_wanted(loader_ports ports) const;

  shard::gallery& gallery_;
  shard_metrics& metrics_;
  loader_ports ports_;
  keeper_settings settings_;
  std::function<void()> ready_;
  replica_set replicas_;
  partition_loader loader_;
  serving_lease lease_;
  std::deque<pushed_change> pushed_;
  std::vector<pushed_change> awaiting_load_; ///< applied, but for what is loaded anew
  std::set<partition_key> behind_;
  std::map<partition_key, load_progress> loaded_; ///< how each was loaded the last time
  bool has_share_ = false;                        ///< it knows what to hold
  bool is_ready_ = false;
  bool is_changing_ = false;  ///< a group is being applied; the next waits
  bool is_following_ = false; ///< the heads of a share are being noted
  std::optional<partition_key> loading_;
  bool is_catching_up_ = false; ///< a partition of behind_
};

} // namespace rollcall::actors
