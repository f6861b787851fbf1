#include "actors/cluster/placement_forecast.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

namespace rollcall::actors {

namespace {

using store::node_record;
using store::node_state;
using store::placement;
using store::placement_state;

using replica_key = std::pair<partition_key, std::string>;
using replica_map = std::map<replica_key, placement_state>;

core::status set_state(std::vector<node_record>& nodes, const std::vector<std::string>& names, node_state state) {
  for (const auto& name : names) {
    const auto found = std::find_if(nodes.begin(), nodes.end(), [&](const auto& one) { return one.name == name; });
    if (found == nodes.end())
      return core::fail(core::error_code::not_found, "There is no node " + name + ".");
    found->state = state;
  }
  return core::nothing{};
}

std::vector<placement> list(const replica_map& held) {
  std::vector<placement> all;
  all.reserve(held.size());
  for (const auto& [at, state] : held)
    all.push_back({at.first.first, at.first.second, at.second, state});
  return all;
}

// A step, and what the nodes make of it.
void take(replica_map& held, std::span<const store::placement_change> changes) {
  for (const auto& [what, is_gone] : changes) {
    const replica_key at{{what.collection, what.partition}, what.node};
    if (is_gone)
      held.erase(at);
    else
      held[at] = what.state;
  }
  std::erase_if(held, [](const auto& one) { return one.second == placement_state::leaving; });
  for (auto& [at, state] : held)
    state = placement_state::ready;
}

// Partitions that no living node answers for.
std::size_t count_unanswered(std::span<const partition_key> partitions, std::span<const node_record> nodes,
                             const replica_map& held) {
  std::set<std::string> living;
  for (const auto& node : nodes)
    if (node.state != node_state::dead)
      living.insert(node.name);
  std::set<partition_key> answered;
  for (const auto& [at, state] : held)
    if (state != placement_state::loading && living.contains(at.second))
      answered.insert(at.first);
  return static_cast<std::size_t>(
      std::count_if(partitions.begin(), partitions.end(), [&](const auto& key) { return !answered.contains(key); }));
}

} // namespace

core::result<std::vector<node_record>> imagine(std::vector<node_record> nodes, const node_changes& changes) {
  ROLLCALL_CHECK(set_state(nodes, changes.gone, node_state::dead));
  ROLLCALL_CHECK(set_state(nodes, changes.drained, node_state::draining));
  for (const auto& [name, capacity, zone] : changes.added) {
    if (std::any_of(nodes.begin(), nodes.end(), [&name = name](const auto& one) { return one.name == name; }))
      return core::fail(core::error_code::already_exists, "There is a node " + name + " already.");
    if (name.empty() || !std::isfinite(capacity) || capacity <= 0)
      return core::fail(core::error_code::invalid_argument, "A node has a name, and a capacity above 0.");
    node_record node;
    node.name = name;
    node.roles = static_cast<std::uint8_t>(store::node_role::shard);
    node.capacity = capacity;
    node.zone = zone;
    nodes.push_back(std::move(node));
  }
  return nodes;
}

forecast foresee(std::span<const partition_key> partitions, std::span<const node_record> nodes,
                 std::span<const placement> placements, std::size_t replicas,
                 std::span<const store::placement_pin> pins) {
  constexpr int most_steps = 100; // it rests after a handful
  const plan_limits limits{replicas, std::numeric_limits<std::size_t>::max()};
  replica_map held;
  for (const auto& one : placements)
    held[{{one.collection, one.partition}, one.node}] = one.state;
  const auto before = held;
  forecast made;
  made.unanswered = count_unanswered(partitions, nodes, held);
  for (int step = 0;; ++step) {
    ROLLCALL_ASSERT(step < most_steps);
    const auto changes = plan(partitions, nodes, list(held), limits, pins);
    const bool is_moving =
        std::any_of(held.begin(), held.end(), [](const auto& one) { return one.second != placement_state::ready; });
    if (changes.empty() && !is_moving)
      break;
    take(held, changes);
  }
  for (const auto& [at, state] : held)
    if (const auto was = before.find(at); was == before.end() || was->second == placement_state::loading)
      made.loads.push_back({at.first.first, at.first.second, at.second, placement_state::loading});
  for (const auto& [at, state] : before)
    if (!held.contains(at))
      made.drops.push_back({at.first.first, at.first.second, at.second, state});
  for (const auto& node : nodes) {
    const auto count = [&node](const replica_map& in) {
      return static_cast<std::size_t>(
          std::count_if(in.begin(), in.end(), [&](const auto& one) { return one.first.second == node.name; }));
    };
    made.nodes.push_back({node.name, count(before), count(held)});
  }
  return made;
}

} // namespace rollcall::actors
