#include "actors/cluster/controller.hpp"

#include "actors/cluster/replica_tally.hpp"
#include "core/log.hpp"

#include <algorithm>

namespace rollcall::actors {

controller::controller(list_heads heads, store::membership& members, std::string holder,
                       const controller_settings& settings)
    : heads_(std::move(heads)), members_(members), holder_(std::move(holder)), settings_(settings) {}

core::result<controller_round> controller::run(core::steady_time now) {
  auto done = lead(now);
  if (!done)
    reached_.reset();
  return done;
}

core::result<controller_round> controller::lead(core::steady_time now) {
  ROLLCALL_TRY(const auto lease, members_.take_lease(store::controller_lease, holder_, settings_.lease));
  reached_ = reached_.value_or(now);
  if (!lease)
    return controller_round{};
  auto done = run(lease->token, now);
  if (!done && done.failure().code == core::error_code::conflict)
    return controller_round{}; // another is the controller by now
  return done;
}

void controller::resign() {
  static_cast<void>(members_.release_lease(store::controller_lease, holder_).has_value()); // else it runs out
}

core::result<std::size_t> controller::bury(std::vector<store::node_record>& nodes, std::uint64_t token,
                                           core::steady_time now) {
  std::size_t died = 0;
  const bool could_be_heard = now - *reached_ >= settings_.dead_after;
  for (auto& node : nodes) {
    const auto left = std::max(node.lease_left, leases_.see(node.name, node.lease, now));
    if (node.state == store::node_state::dead || node.since_beat < settings_.dead_after || left.count() > 0
        || !could_be_heard)
      continue;
    ROLLCALL_CHECK(members_.mark_node(node.name, store::node_state::dead, token));
    node.state = store::node_state::dead;
    ++died;
    core::log(core::log_level::warning, "controller", "a node is given up",
              {{"node", node.name}, {"silent_ms", std::to_string(node.since_beat.count())}});
  }
  return died;
}

// Partitions and nodes that go between the reading and the change make the change fail, whole; the next round sees it.
core::result<controller_round> controller::run(std::uint64_t token, core::steady_time now) {
  controller_round done;
  done.is_controller = true;
  ROLLCALL_TRY(auto nodes, members_.list_nodes());
  ROLLCALL_TRY(done.died, bury(nodes, token, now));
  for (auto& node : nodes)
    if (settings_.wants_token && !node.has_joined && node.state == store::node_state::active)
      node.state = store::node_state::draining;
  ROLLCALL_TRY(const auto heads, heads_());
  std::vector<partition_key> partitions;
  partitions.reserve(heads.size());
  for (const auto& head : heads)
    partitions.emplace_back(head.collection, head.partition);
  ROLLCALL_TRY(auto map, members_.find_map());
  ROLLCALL_TRY(const auto pins, members_.list_pins());
  const auto changes = plan(partitions, nodes, map.placements, settings_.plan, pins);
  if (!changes.empty()) {
    ROLLCALL_TRY(const auto version, members_.change_placements(changes, token));
    core::log(core::log_level::note, "controller", "placements changed",
              {{"changes", std::to_string(changes.size())}, {"version", std::to_string(version)}});
    ROLLCALL_TRY(map, members_.find_map());
  }
  done.changed = changes.size();
  done.lacking = replica_tally(nodes, map.placements, settings_.plan.replicas).missing(partitions);
  return done;
}

} // namespace rollcall::actors
