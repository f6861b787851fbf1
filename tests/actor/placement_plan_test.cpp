#include "tests/actor/plan_cluster.hpp"

#include <cmath>

namespace rollcall::actors {

namespace {

TEST(placement_plan, comes_to_rest_with_every_partition_where_it_is_wanted) {
  cluster c(64);
  for (const auto* name : {"a", "b", "c", "d", "e"})
    c.nodes.push_back(make_node(name));
  c.settle();
  EXPECT_EQ(c.held.size(), 128U);
  for (const auto& key : c.all) {
    const auto wanted = wanted_nodes(key, c.nodes, 2);
    EXPECT_EQ(c.answering()[key], (std::set<std::string>{wanted.begin(), wanted.end()}));
  }
}

TEST(placement_plan, follows_any_course_of_events_safely) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    testing::random_references random{seed};
    cluster c(16, {1 + random.below(3), 1 + random.below(4)});
    const auto join = [&](const std::string& name) { // one draw after the other, the same with every compiler
      const auto capacity = 1 + static_cast<double>(random.below(3));
      c.nodes.push_back(make_node(name, capacity, random.below(2) == 0 ? "x" : "y"));
    };
    for (const auto* name : {"a", "b", "c"})
      join(name);
    int next = 0;
    for (int event = 0; event < 80; ++event) {
      auto& some = c.nodes[random.below(c.nodes.size())];
      const auto& key = c.all[random.below(c.all.size())];
      switch (random.below(11)) {
        case 0:
          join("n" + std::to_string(next++));
          break;
        case 1:
          some.state = node_state::dead;
          break;
        case 2:
          some.state = node_state::draining;
          break;
        case 3:
          some.state = node_state::active;
          break;
        case 4:
          c.load(false);
          break;
        case 5:
          c.load();
          break;
        case 6:
          c.leave();
          break;
        case 7:
          c.pin(key, some.name, random.below(2) == 0);
          break;
        case 8:
          c.release(key, some.name);
          break;
        default:
          c.step();
      }
    }
    c.settle();
    for (const auto& [at, state] : c.held) {
      EXPECT_EQ(state, placement_state::ready);
      if (c.takers() > 0) {
        EXPECT_EQ(c.node(at.second).state, node_state::active);
      }
    }
    if (c.takers() > 0) {
      EXPECT_EQ(c.held.size(), 16 * std::min(c.limits.replicas, c.takers()));
    }
    if (::testing::Test::HasFailure())
      return;
  }
}

TEST(placement_plan, a_pinned_replica_is_where_the_operator_wants_it_and_nothing_else_moves) {
  cluster c(32);
  c.nodes = {make_node("a"), make_node("b", 1, "z"), make_node("c", 1, "z"), make_node("d")};
  c.settle();
  const auto before = c.answering();
  const auto& key = c.all[5];
  const auto from = *before.at(key).begin();
  const std::string to = before.at(key).contains("d") ? (before.at(key).contains("c") ? "b" : "c") : "d";
  c.pin(key, from, true);
  c.pin(key, to, false);
  c.settle(); // safely, as `step` holds
  auto expected = before;
  expected[key].erase(from);
  expected[key].insert(to);
  EXPECT_EQ(c.answering(), expected);
  c.pins.clear();
  c.settle();
  EXPECT_EQ(c.answering(), before);
}

TEST(placement_plan, pins_cost_no_replica) {
  cluster c(8);
  c.nodes = {make_node("a"), make_node("b"), make_node("c")};
  for (const auto& key : c.all) {
    c.pin(key, "a", false);
    c.pin(key, "b", true);
  }
  c.settle();
  for (const auto& [key, names] : c.answering())
    EXPECT_EQ(names, (std::set<std::string>{"a", "c"}));
  c.node("a").state =
      node_state::dead; // a pin to it counts for nothing, and one away from b only while there are others
  c.settle();
  for (const auto& [key, names] : c.answering())
    EXPECT_EQ(names, (std::set<std::string>{"b", "c"}));
}

TEST(placement_plan, a_node_that_is_drained_serves_until_others_do) {
  cluster c(8, {1, 100});
  c.nodes = {make_node("a"), make_node("b")};
  c.settle();
  c.node("a").state = node_state::draining;
  const auto before = c.answering();
  c.step(); // b is told to load
  EXPECT_EQ(c.answering(), before);
  c.step(); // and has not yet
  EXPECT_EQ(c.answering(), before);
  c.settle();
  for (const auto& [at, state] : c.held)
    EXPECT_EQ(at.second, "b");
  EXPECT_EQ(c.held.size(), 8U);
}

TEST(placement_plan, what_leaves_stays_when_another_is_lost_meanwhile) {
  cluster c(1, {1, 100});
  c.nodes = {make_node("a"), make_node("b")};
  c.node("b").state = node_state::draining;
  c.settle();
  c.node("b").state = node_state::active;
  c.node("a").state = node_state::draining;
  c.step();
  c.load();
  c.step();
  const auto key = c.all[0];
  ASSERT_EQ((c.held[{key, "a"}]), placement_state::leaving);
  c.held.erase({key, "b"});
  c.step();
  EXPECT_EQ((c.held[{key, "a"}]), placement_state::ready);
}

TEST(placement_plan, with_nowhere_to_go_everything_stays) {
  cluster c(8, {1, 100});
  c.nodes = {make_node("a")};
  c.settle();
  c.node("a").state = node_state::draining;
  EXPECT_EQ(c.step(), 0U);
  EXPECT_EQ(c.held.size(), 8U);
}

TEST(placement_plan, a_dead_nodes_partitions_are_replaced_the_barest_first) {
  cluster c(40, {2, 1});
  c.nodes = {make_node("a"), make_node("b"), make_node("c")};
  c.settle();
  // All replicas of one partition are gone, one of many others.
  std::map<partition_key, std::set<std::string>> before = c.answering();
  const auto bare = before.rbegin()->first;
  const auto gone = before.rbegin()->second;
  for (const auto& name : gone)
    c.held.erase({bare, name});
  c.node("a").state = node_state::dead;
  const auto changes = plan(c.all, c.nodes, c.list(), c.limits);
  std::map<std::string, partition_key> first; // one a node, as the limit says
  for (const auto& [what, is_gone] : changes)
    if (!is_gone) {
      EXPECT_TRUE(first.emplace(what.node, partition_key{what.collection, what.partition}).second);
    }
  EXPECT_EQ(first.size(), 2U);
  const auto of_a = [](const auto& one) { return one.first.second == "a"; };
  EXPECT_EQ(std::count_if(changes.begin(), changes.end(), [](const auto& one) { return one.is_gone; }),
            std::count_if(c.held.begin(), c.held.end(), of_a));
  for (const auto& [node, key] : first)
    EXPECT_EQ(key, bare) << node;
  EXPECT_TRUE(std::all_of(changes.begin(), changes.end(),
                          [](const auto& one) { return one.is_gone == (one.what.node == "a"); }));
}

TEST(placement_plan, a_node_loads_no_more_at_once_than_its_limit) {
  cluster c(40, {1, 3});
  c.nodes = {make_node("a")};
  const auto loading = [&] {
    return std::count_if(c.held.begin(), c.held.end(),
                         [](const auto& one) { return one.second == placement_state::loading; });
  };
  c.step();
  EXPECT_EQ(loading(), 3);
  c.step();
  EXPECT_EQ(loading(), 3);
  c.load(false); // some of them are done
  c.step();
  EXPECT_EQ(loading(), 3);
}

TEST(placement_plan, a_node_that_comes_or_goes_moves_its_own_share_only) {
  std::vector<store::node_record> nodes;
  for (int i = 0; i < 9; ++i)
    nodes.push_back(make_node("n" + std::to_string(i)));
  auto more = nodes;
  more.push_back(make_node("new"));
  std::size_t moved = 0;
  const auto all = make_partitions(2'000);
  for (const auto& key : all) {
    const auto before = wanted_nodes(key, nodes, 2);
    auto after = wanted_nodes(key, more, 2);
    const auto gained = std::erase(after, "new");
    moved += gained;
    for (const auto& name : after)
      EXPECT_NE(std::find(before.begin(), before.end(), name), before.end());
    EXPECT_EQ(after.size() + gained, 2U);
  }
  EXPECT_NEAR(static_cast<double>(moved), 400, 60); // a tenth of 4,000, four standard deviations around it
}

TEST(placement_plan, a_node_holds_what_its_capacity_is_of_the_whole) {
  const std::vector<store::node_record> nodes{make_node("a", 1), make_node("b", 2), make_node("c", 5)};
  std::map<std::string, double> share;
  for (const auto& key : make_partitions(4'000))
    share[wanted_nodes(key, nodes, 1)[0]] += 1.0 / 4'000;
  EXPECT_NEAR(share["a"], 0.125, 0.025);
  EXPECT_NEAR(share["b"], 0.25, 0.03);
  EXPECT_NEAR(share["c"], 0.625, 0.035);
}

TEST(placement_plan, replicas_are_in_different_zones_where_there_are_some) {
  std::vector<store::node_record> nodes{make_node("a", 100, "x"), make_node("b", 100, "x"), make_node("c", 1, "y"),
                                        make_node("d", 1, "z")};
  std::map<std::string, std::string> zone;
  for (const auto& node : nodes)
    zone[node.name] = node.zone;
  for (const auto& key : make_partitions(300)) {
    std::set<std::string> zones;
    for (const auto& name : wanted_nodes(key, nodes, 3))
      zones.insert(zone[name]);
    EXPECT_EQ(zones.size(), 3U);
    EXPECT_EQ(wanted_nodes(key, nodes, 9).size(), 4U); // no more than there are
  }
}

TEST(placement_plan, only_active_nodes_that_hold_shards_get_anything) {
  auto nodes = std::vector{make_node("a"), make_node("b"), make_node("c"), make_node("d")};
  nodes[0].roles = static_cast<std::uint8_t>(store::node_role::front);
  nodes[1].state = node_state::draining;
  nodes[2].state = node_state::dead;
  for (const auto& key : make_partitions(20))
    EXPECT_EQ(wanted_nodes(key, nodes, 2), std::vector<std::string>{"d"});
}

// Held for ever: another value would move nearly every partition of every cluster.
TEST(placement_plan, the_formula_stays_as_it_is) {
  core::uuid id;
  for (std::size_t i = 0; i < id.value.size(); ++i)
    id.value[i] = static_cast<std::uint8_t>(i);
  EXPECT_NEAR(attraction({{id}, 7}, "node-1", 1), 0.8593450903909737, 1e-9);
  EXPECT_NEAR(attraction({{id}, 65'535}, "node-1", 2.5), 3.743395897209133, 1e-9);
}

} // namespace

} // namespace rollcall::actors
