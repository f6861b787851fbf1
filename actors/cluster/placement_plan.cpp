#include "actors/cluster/placement_plan.hpp"

#include "core/big_endian.hpp"
#include "core/digest.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <set>
#include <tuple>

namespace rollcall::actors {

namespace {

using store::node_state;
using store::placement;
using store::placement_change;
using store::placement_pin;
using store::placement_state;

bool takes_partitions(const store::node_record& node) {
  return node.state == node_state::active && has_role(node.roles, store::node_role::shard);
}

struct by_partition {
  bool operator()(const placement_pin& pin, const partition_key& key) const {
    return std::tie(pin.collection, pin.partition) < std::tie(key.first, key.second);
  }
  bool operator()(const partition_key& key, const placement_pin& pin) const {
    return std::tie(key.first, key.second) < std::tie(pin.collection, pin.partition);
  }
};

std::span<const placement_pin> pins_of(const partition_key& key, std::span<const placement_pin> pins) {
  const auto [first, last] = std::equal_range(pins.begin(), pins.end(), key, by_partition{});
  return {first, last};
}

// One partition's step.
struct step {
  const partition_key& key;
  const std::vector<std::string>& wanted;
  const std::map<std::string, placement_state>& held; ///< by node, of nodes that live

  [[nodiscard]] placement at(const std::string& node, placement_state state) const {
    return {key.first, key.second, node, state};
  }
  [[nodiscard]] bool is_wanted(const std::string& node) const {
    return std::find(wanted.begin(), wanted.end(), node) != wanted.end();
  }
  [[nodiscard]] std::size_t ready() const {
    return static_cast<std::size_t>(std::count_if(wanted.begin(), wanted.end(), [this](const auto& node) {
      const auto found = held.find(node);
      return found != held.end() && found->second != placement_state::loading;
    }));
  }

  // What needs no loading.
  void settle(std::vector<placement_change>& changes) const {
    const bool may_leave = !wanted.empty() && ready() == wanted.size();
    for (const auto& [node, state] : held) {
      if (state == placement_state::leaving && (is_wanted(node) || !may_leave)) {
        changes.push_back({at(node, placement_state::ready), false});
      } else if (is_wanted(node)) {
        continue;
      } else if (state == placement_state::loading) {
        changes.push_back({at(node, state), true});
      } else if (state == placement_state::ready && may_leave) {
        changes.push_back({at(node, placement_state::leaving), false});
      }
    }
  }
};

} // namespace

double attraction(const partition_key& partition, std::string_view node, double capacity) {
  core::bytes named(partition.first.id.value.begin(), partition.first.id.value.end());
  core::add_big_endian(named, partition.second, 4);
  named.insert(named.end(), node.begin(), node.end());
  const auto digest = core::sha256(named);
  const auto high = core::read_big_endian(core::byte_view(digest).first(8));
  // 53 bits and a half: in (0, 1), never at its ends.
  const auto uniform = (static_cast<double>(high >> 11U) + 0.5) / 9007199254740992.0;
  return -capacity / std::log(uniform);
}

namespace {

struct ranked_node {
  const store::node_record* node = nullptr;
  int rank = 0; ///< by the pins: the lower comes first
  double attraction = 0;
};

std::vector<ranked_node> rank(const partition_key& partition, std::span<const store::node_record> nodes,
                              std::span<const placement_pin> pins) {
  std::vector<ranked_node> ranked;
  for (const auto& node : nodes) {
    if (!takes_partitions(node))
      continue;
    const auto pin = std::find_if(pins.begin(), pins.end(), [&](const auto& one) { return one.node == node.name; });
    const int by_pin = pin == pins.end() ? 0 : pin->is_away ? 1 : -1;
    ranked.push_back({&node, by_pin, attraction(partition, node.name, node.capacity)});
  }
  std::sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) {
    return std::tie(a.rank, b.attraction, a.node->name) < std::tie(b.rank, a.attraction, b.node->name);
  });
  return ranked;
}

} // namespace

std::vector<std::string> wanted_nodes(const partition_key& partition, std::span<const store::node_record> nodes,
                                      std::size_t replicas, std::span<const placement_pin> pins) {
  auto ranked = rank(partition, nodes, pins);
  std::vector<std::string> wanted;
  std::set<std::string> zones;
  while (wanted.size() < replicas && !ranked.empty()) {
    // Another zone counts for more than attraction, and for less than pins.
    auto next = std::find_if(ranked.begin(), ranked.end(), [&](const auto& one) {
      return one.rank > ranked.front().rank || !zones.contains(one.node->zone);
    });
    if (next == ranked.end() || next->rank > ranked.front().rank)
      next = ranked.begin();
    wanted.push_back(next->node->name);
    zones.insert(next->node->zone);
    ranked.erase(next);
  }
  return wanted;
}

std::vector<placement_change> plan(std::span<const partition_key> partitions, std::span<const store::node_record> nodes,
                                   std::span<const placement> placements, const plan_limits& limits,
                                   std::span<const placement_pin> pins) {
  std::set<std::string> living;
  for (const auto& node : nodes)
    if (node.state != node_state::dead)
      living.insert(node.name);
  std::vector<placement_change> changes;
  std::map<partition_key, std::map<std::string, placement_state>> held;
  std::map<std::string, std::size_t> loading;
  for (const auto& one : placements) {
    if (!living.contains(one.node)) {
      changes.push_back({one, true});
      continue;
    }
    held[{one.collection, one.partition}][one.node] = one.state;
    loading[one.node] += one.state == placement_state::loading ? 1 : 0;
  }
  // To be loaded, by how many replicas answer already.
  std::multimap<std::size_t, placement> missing;
  for (const auto& key : partitions) {
    const auto wanted = wanted_nodes(key, nodes, limits.replicas, pins_of(key, pins));
    const auto& now = held[key];
    const step next{key, wanted, now};
    next.settle(changes);
    const auto answering = static_cast<std::size_t>(
        std::count_if(now.begin(), now.end(), [](const auto& one) { return one.second != placement_state::loading; }));
    for (const auto& node : wanted)
      if (!now.contains(node))
        missing.emplace(answering, next.at(node, placement_state::loading));
  }
  for (auto& [answering, one] : missing)
    if (loading[one.node]++ < limits.loading)
      changes.push_back({std::move(one), false});
  return changes;
}

} // namespace rollcall::actors
