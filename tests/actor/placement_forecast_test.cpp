#include "actors/cluster/placement_forecast.hpp"

#include "tests/actor/plan_cluster.hpp"

#include <limits>

namespace rollcall::actors {

namespace {

using replica = std::pair<partition_key, std::string>;

std::set<replica> replicas_of(const std::vector<placement>& listed) {
  std::set<replica> all;
  for (const auto& one : listed)
    all.insert({{one.collection, one.partition}, one.node});
  return all;
}

forecast look_ahead(const cluster& of, const node_changes& changes = {}) {
  const auto nodes = imagine(of.nodes, changes);
  EXPECT_TRUE(nodes);
  return foresee(of.all, *nodes, of.list(), of.limits.replicas, of.pins);
}

// A cluster in the middle of some course of events.
cluster make_any(testing::random_references& random) {
  cluster c(16, {1 + random.below(3), 1 + random.below(4)});
  for (const auto* name : {"a", "b", "c", "d"})
    c.nodes.push_back(make_node(name, 1 + static_cast<double>(random.below(3)), random.below(2) == 0 ? "x" : "y"));
  for (int event = 0; event < 20; ++event) {
    switch (random.below(7)) {
      case 0:
        c.nodes[random.below(c.nodes.size())].state = static_cast<node_state>(random.below(3));
        break;
      case 1:
        c.load(random.below(2) == 0);
        break;
      case 2:
        c.leave();
        break;
      case 3:
        c.pin(c.all[random.below(c.all.size())], c.nodes[random.below(c.nodes.size())].name, random.below(2) == 0);
        break;
      default:
        c.step();
    }
  }
  return c;
}

TEST(placement_forecast, tells_where_the_plan_comes_to_rest) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    testing::random_references random{seed};
    auto c = make_any(random);
    const auto told = look_ahead(c);
    auto expected = replicas_of(c.list());
    std::size_t before = expected.size();
    for (const auto& one : replicas_of(told.drops))
      EXPECT_EQ(expected.erase(one), 1U);
    for (const auto& one : replicas_of(told.loads))
      expected.insert(one);
    c.settle();
    EXPECT_EQ(replicas_of(c.list()), expected);
    std::size_t after = 0;
    for (const auto& [name, was, is] : told.nodes) {
      before -= was;
      after += is;
    }
    EXPECT_EQ(before, 0U);
    EXPECT_EQ(after, expected.size());
    if (::testing::Test::HasFailure())
      return;
  }
}

TEST(placement_forecast, at_rest_there_is_nothing_to_do) {
  cluster c(32);
  c.nodes = {make_node("a"), make_node("b"), make_node("c")};
  c.settle();
  const auto told = look_ahead(c);
  EXPECT_TRUE(told.loads.empty());
  EXPECT_TRUE(told.drops.empty());
  EXPECT_EQ(told.unanswered, 0U);
}

TEST(placement_forecast, a_node_that_is_lost_is_told_from_one_that_is_drained) {
  cluster c(32, {1, 100});
  c.nodes = {make_node("a"), make_node("b")};
  c.settle();
  const auto held = static_cast<std::size_t>(
      std::count_if(c.held.begin(), c.held.end(), [](const auto& one) { return one.first.second == "a"; }));
  ASSERT_GT(held, 0U);
  for (const bool is_lost : {true, false}) {
    const auto told = look_ahead(c, is_lost ? node_changes{{"a"}, {}, {}} : node_changes{{}, {"a"}, {}});
    EXPECT_EQ(told.loads.size(), held);
    EXPECT_EQ(told.drops.size(), held);
    EXPECT_EQ(told.unanswered, is_lost ? held : 0U);
    EXPECT_EQ(told.nodes[0].before, held);
    EXPECT_EQ(told.nodes[0].after, 0U);
    EXPECT_EQ(told.nodes[1].after, 32U);
  }
}

TEST(placement_forecast, a_new_node_takes_its_share_and_no_more_moves) {
  cluster c(64);
  c.nodes = {make_node("a"), make_node("b"), make_node("c")};
  c.settle();
  const auto told = look_ahead(c, {{}, {}, {{"d", 3, ""}}});
  EXPECT_EQ(told.nodes.back().name, "d");
  EXPECT_EQ(told.nodes.back().after, told.loads.size());
  EXPECT_EQ(told.loads.size(), told.drops.size());
  for (const auto& one : told.loads)
    EXPECT_EQ(one.node, "d");
}

TEST(placement_forecast, refuses_nodes_that_cannot_be) {
  const std::vector nodes{make_node("a")};
  const auto code = [&](const node_changes& changes) {
    const auto made = imagine(nodes, changes);
    return made ? core::error_code::internal : made.failure().code;
  };
  EXPECT_EQ(code({{"b"}, {}, {}}), core::error_code::not_found);
  EXPECT_EQ(code({{}, {"b"}, {}}), core::error_code::not_found);
  EXPECT_EQ(code({{}, {}, {{"a", 1, ""}}}), core::error_code::already_exists);
  EXPECT_EQ(code({{}, {}, {{"b", 1, ""}, {"b", 1, ""}}}), core::error_code::already_exists);
  for (const double capacity : {0.0, -1.0, std::numeric_limits<double>::infinity()})
    EXPECT_EQ(code({{}, {}, {{"b", capacity, ""}}}), core::error_code::invalid_argument);
}

} // namespace

} // namespace rollcall::actors
