/// A cluster without nodes: the map as the store would have it, and what happens to it, for tests of the plan.
#pragma once

#include "actors/cluster/placement_plan.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace rollcall::actors {

using store::node_state;
using store::placement;
using store::placement_state;

inline store::node_record make_node(const std::string& name, double capacity = 1, const std::string& zone = "") {
  store::node_record node;
  node.name = name;
  node.roles = static_cast<std::uint8_t>(store::node_role::shard);
  node.capacity = capacity;
  node.zone = zone;
  return node;
}

inline std::vector<partition_key> make_partitions(std::size_t count) {
  testing::random_references random{3};
  const core::collection_key collection{random.id()};
  std::vector<partition_key> all;
  for (std::uint32_t part = 0; part < count; ++part)
    all.emplace_back(collection, part);
  return all;
}

/// The cluster as the store has it, and what happens to it.
class cluster {
public:
  explicit cluster(std::size_t partitions, plan_limits with = {}) : limits(with), all(make_partitions(partitions)) {}

  /// One round of the controller; the changes made.
  std::size_t step() {
    const auto changes = plan(all, nodes, list(), limits, pins);
    const auto before = answering();
    for (const auto& [what, is_gone] : changes) {
      const auto at = std::pair(partition_key{what.collection, what.partition}, what.node);
      if (is_gone)
        held.erase(at);
      else
        held[at] = what.state;
    }
    expect_safe(before);
    return changes.size();
  }
  /// Every node has loaded what it was given, or only every second partition.
  void load(bool all_of_it = true) {
    for (auto& [at, state] : held)
      if (state == placement_state::loading && (all_of_it || at.first.second % 2 == 0))
        state = placement_state::ready;
  }
  /// Every node gives up what it is to leave.
  void leave() {
    std::erase_if(held, [](const auto& one) { return one.second == placement_state::leaving; });
  }
  void settle() {
    int round = 0;
    do {
      ASSERT_LT(++round, 1'000) << "it never comes to rest";
      load();
      leave();
    } while (step() != 0);
  }

  [[nodiscard]] std::vector<placement> list() const {
    std::vector<placement> made;
    for (const auto& [at, state] : held)
      made.push_back({at.first.first, at.first.second, at.second, state});
    return made;
  }
  /// Nodes that live and can answer for each partition.
  [[nodiscard]] std::map<partition_key, std::set<std::string>> answering() const {
    std::map<partition_key, std::set<std::string>> found;
    for (const auto& [at, state] : held)
      if (state != placement_state::loading && is_alive(at.second))
        found[at.first].insert(at.second);
    return found;
  }
  [[nodiscard]] bool is_alive(const std::string& name) const {
    return std::any_of(nodes.begin(), nodes.end(),
                       [&](const auto& node) { return node.name == name && node.state != node_state::dead; });
  }
  store::node_record& node(const std::string& name) {
    return *std::find_if(nodes.begin(), nodes.end(), [&](const auto& one) { return one.name == name; });
  }
  /// In place of an earlier pin of the same partition and node.
  void pin(const partition_key& key, const std::string& name, bool is_away) {
    release(key, name);
    pins.push_back({key.first, key.second, name, is_away});
    std::sort(pins.begin(), pins.end(), [](const auto& a, const auto& b) {
      return std::tie(a.collection, a.partition, a.node) < std::tie(b.collection, b.partition, b.node);
    });
  }
  void release(const partition_key& key, const std::string& name) {
    std::erase_if(pins, [&](const auto& one) {
      return one.collection == key.first && one.partition == key.second && one.node == name;
    });
  }
  [[nodiscard]] std::size_t takers() const {
    return static_cast<std::size_t>(
        std::count_if(nodes.begin(), nodes.end(), [](const auto& one) { return one.state == node_state::active; }));
  }

  plan_limits limits;
  std::vector<partition_key> all;
  std::vector<store::node_record> nodes;
  std::vector<store::placement_pin> pins; ///< sorted
  std::map<std::pair<partition_key, std::string>, placement_state> held;

private:
  // A step takes an answering replica away only where the wanted number of others answers.
  void expect_safe(const std::map<partition_key, std::set<std::string>>& before) const {
    const auto after = answering();
    for (const auto& [key, nodes_before] : before) {
      const auto found = after.find(key);
      const auto left = found == after.end() ? 0 : found->second.size();
      if (left < nodes_before.size()) {
        EXPECT_GE(left, std::min(limits.replicas, std::max<std::size_t>(takers(), 1))) << "partition " << key.second;
      }
    }
  }
};

} // namespace rollcall::actors
