/// What the controller of a cluster does, round after round: gives up dead nodes and brings placements one step nearer
/// to where they belong. Every node that has the role runs one; who holds the lease acts. A plain class; blocks on the
/// store, so it runs where that is allowed; one thread. `members` outlives it.
#pragma once

#include "actors/cluster/placement_plan.hpp"
#include "actors/storing/lease_watch.hpp"
#include "store/store.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

struct controller_settings {
  std::chrono::milliseconds lease{5'000};       ///< another takes over when this one has been silent for so long
  std::chrono::milliseconds dead_after{30'000}; ///< without a heartbeat; its partitions are loaded elsewhere then
  bool wants_token = false; ///< a node whose key has not joined by a token holds nothing: no other lets it in
  plan_limits plan;
};

struct controller_round {
  bool is_controller = false; ///< else another is, and nothing was done
  std::size_t died = 0;       ///< nodes given up
  std::size_t changed = 0;    ///< placements
  std::size_t lacking = 0;    ///< replicas missing after the changes (`replica_tally`)
};

class controller {
public:
  using list_heads = std::function<core::result<std::vector<store::partition_head>>()>;

  /// `heads`: all partitions of the store. `holder` names this process among all that may be the controller.
  controller(list_heads heads, store::membership& members, std::string holder, const controller_settings& settings);

  /// One round. Errors: those of the stores; what was done before stays, and the next round goes on from there. A round
  /// that loses the lease on its way is no error. Nodes are silent while the store is away: none is given up before
  /// rounds have gone well for `dead_after`.
  /// `now`: of this process; a node is given up only when it was seen to have no lease any more on this clock, too.
  [[nodiscard]] core::result<controller_round> run(core::steady_time now = std::chrono::steady_clock::now());
  /// Lets another take over at once.
  void resign();

private:
  [[nodiscard]] core::result<std::size_t> bury(std::vector<store::node_record>& nodes, std::uint64_t token,
                                               core::steady_time now);
  [[nodiscard]] core::result<controller_round> lead(core::steady_time now);
  [[nodiscard]] core::result<controller_round> run(std::uint64_t token, core::steady_time now);

  list_heads heads_;
  store::membership& members_;
  std::string holder_;
  controller_settings settings_;
  lease_watch leases_;
  std::optional<core::steady_time> reached_; ///< the store, since then without fail
};

} // namespace rollcall::actors
