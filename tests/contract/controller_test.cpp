// The controller over a real PostgreSQL whose clock the test sets; nodes say what nodes would say.
#include "actors/cluster/controller.hpp"

#include "tests/contract/membership_fixture.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace rollcall::actors {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using store::node_state;
using store::placement_state;

class controller_test : public store::testing::postgres_membership {
protected:
  void SetUp() override {
    settings_.plan.loading = 100;
    ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  }

  void let_in(const std::string& name) {
    const auto hash = core::sha256(core::as_bytes(name));
    ASSERT_SUCCESS(members_->add_join_token({hash, name, "root", 1h}));
    ASSERT_SUCCESS(members_->join(hash, name, "key of " + name));
  }
  controller make(const std::string& holder = "first") {
    return {[this] { return store_->list_heads(); }, *members_, holder, settings_};
  }
  /// Every node beats, has loaded what it was given, and answers no more for what it is to leave.
  void live(const std::set<std::string>& names) {
    for (const auto& name : names) {
      const auto generation = find(name).generation;
      ASSERT_SUCCESS(members_->beat(name, generation, 1s));
      const auto share = members_->find_share(name);
      ASSERT_SUCCESS(share);
      std::vector<store::placement> done;
      for (const auto& one : *share)
        if (one.state != placement_state::ready)
          done.push_back({one.collection, one.partition, name,
                          one.state == placement_state::loading ? placement_state::ready : placement_state::leaving});
      ASSERT_SUCCESS(members_->report(name, generation, done));
    }
  }
  controller_round run(controller& with) {
    const auto done = with.run(core::steady_time{} + milliseconds{now_});
    EXPECT_TRUE(done) << store::testing::why(done);
    return done ? *done : controller_round{};
  }
  void settle(controller& with, const std::set<std::string>& names) {
    for (int round = 0; round < 20; ++round) {
      live(names);
      if (run(with).changed == 0)
        return;
    }
    FAIL() << "it does not come to rest";
  }
  /// Nodes of each partition, all of which answer.
  std::map<std::uint32_t, std::set<std::string>> holders() {
    std::map<std::uint32_t, std::set<std::string>> found;
    const auto map = members_->find_map();
    EXPECT_TRUE(map);
    for (const auto& one : map->placements) {
      EXPECT_EQ(one.state, placement_state::ready);
      found[one.partition].insert(one.node);
    }
    return found;
  }

  controller_settings settings_;
};

TEST_F(controller_test, places_each_partition_on_as_many_nodes_as_are_wanted) {
  auto leader = make();
  EXPECT_EQ(run(leader).lacking, 4U); // no node yet, and one is always wanted
  for (const auto* name : {"a", "b", "c"})
    join(name);
  const auto first = run(leader);
  EXPECT_TRUE(first.is_controller);
  EXPECT_EQ(first.changed, 8U);
  EXPECT_EQ(first.lacking, 8U); // they are loading
  live({"a", "b", "c"});
  EXPECT_EQ(run(leader).lacking, 0U);
  const auto placed = holders();
  ASSERT_EQ(placed.size(), 4U);
  for (const auto& [partition, names] : placed)
    EXPECT_EQ(names.size(), 2U) << partition;
  ASSERT_SUCCESS(store_->create_collection(store::testing::make_collection("d", 2), {}));
  EXPECT_EQ(run(leader).changed, 4U); // a new collection's, too
}

TEST_F(controller_test, a_silent_node_is_given_up_after_its_time_and_not_before) {
  auto leader = make();
  for (const auto* name : {"a", "b", "c"})
    join(name);
  settle(leader, {"a", "b", "c"});
  const auto before = holders();
  advance(settings_.dead_after - 1ms);
  live({"a", "b"});
  EXPECT_EQ(run(leader).died, 0U);
  EXPECT_EQ(holders(), before);
  advance(1ms);
  live({"a", "b"});
  const auto round = run(leader);
  EXPECT_EQ(round.died, 1U);
  EXPECT_GT(round.changed, 0U); // at once
  const auto lost =
      std::count_if(before.begin(), before.end(), [](const auto& one) { return one.second.contains("c"); });
  EXPECT_EQ(round.lacking, static_cast<std::size_t>(lost));
  EXPECT_EQ(find("c").state, node_state::dead);
  settle(leader, {"a", "b"});
  for (const auto& [partition, names] : holders())
    EXPECT_EQ(names, (std::set<std::string>{"a", "b"})) << partition;
  join("c"); // and when it is back it gets what it had
  settle(leader, {"a", "b", "c"});
  EXPECT_EQ(holders(), before);
}

TEST_F(controller_test, a_node_is_not_given_up_because_the_stores_clock_has_jumped) {
  auto leader = make();
  join("a");
  live({"a"});
  run(leader);
  const auto before = now_;
  advance(2 * settings_.dead_after);
  const auto jumped = leader.run(core::steady_time{} + milliseconds{before});
  ASSERT_TRUE(jumped && jumped->is_controller);
  EXPECT_EQ(jumped->died, 0U); // it may answer, as far as this process has seen
  const auto later = leader.run(core::steady_time{} + milliseconds{before} + settings_.dead_after);
  ASSERT_TRUE(later);
  EXPECT_EQ(later->died, 1U);
}

TEST_F(controller_test, a_node_is_not_given_up_because_the_store_was_away) {
  bool is_away = false;
  controller leader([&] { return is_away ? core::fail(core::error_code::unavailable, "away") : store_->list_heads(); },
                    *members_, "first", settings_);
  for (const auto* name : {"a", "b", "c"})
    join(name);
  settle(leader, {"a", "b", "c"});
  const auto before = holders();
  is_away = true;
  EXPECT_FALSE(leader.run(core::steady_time{} + milliseconds{now_}));
  advance(2 * settings_.dead_after);
  is_away = false;
  EXPECT_EQ(run(leader).died, 0U); // whose first heartbeats are on their way
  EXPECT_EQ(holders(), before);
  live({"a", "b"});
  advance(settings_.dead_after - 1ms);
  live({"a", "b"});
  EXPECT_EQ(run(leader).died, 0U);
  advance(1ms);
  live({"a", "b"});
  EXPECT_EQ(run(leader).died, 1U);
  EXPECT_EQ(find("c").state, node_state::dead);
}

TEST_F(controller_test, a_node_that_may_still_answer_is_not_given_up) {
  settings_.dead_after = 100ms;
  auto leader = make();
  join("a");
  ASSERT_SUCCESS(members_->beat("a", 1, 1s));
  run(leader);
  advance(999ms);
  const auto round = run(leader);
  EXPECT_EQ(round.died, 0U);
  EXPECT_TRUE(round.is_controller); // and the rest of the round is done
  advance(1ms);
  EXPECT_EQ(run(leader).died, 1U);
}

TEST_F(controller_test, a_drained_node_is_emptied) {
  auto leader = make();
  for (const auto* name : {"a", "b", "c"})
    join(name);
  settle(leader, {"a", "b", "c"});
  const auto token = become_controller("first");
  ASSERT_SUCCESS(members_->mark_node("b", node_state::draining, token));
  settle(leader, {"a", "b", "c"});
  for (const auto& [partition, names] : holders())
    EXPECT_EQ(names, (std::set<std::string>{"a", "c"})) << partition;
  advance(1s);
  const auto removed = members_->remove_node("b", {find("b").lease, 1s});
  ASSERT_SUCCESS(removed);
  EXPECT_TRUE(removed->empty());
}

TEST_F(controller_test, a_node_that_has_not_joined_holds_nothing_where_a_token_is_wanted) {
  settings_.wants_token = true;
  auto leader = make();
  for (const auto* name : {"a", "b", "c"})
    join(name);
  let_in("a");
  let_in("b");
  settle(leader, {"a", "b", "c"});
  for (const auto& [partition, names] : holders())
    EXPECT_EQ(names, (std::set<std::string>{"a", "b"})) << partition;
  EXPECT_EQ(find("c").state, node_state::active); // nobody drained it
}

TEST_F(controller_test, a_replica_that_is_moved_by_an_operator_answers_until_the_other_does) {
  auto leader = make();
  for (const auto* name : {"a", "b", "c"})
    join(name);
  settle(leader, {"a", "b", "c"});
  const auto before = holders();
  const auto from = *before.at(2).begin();
  const std::string to = before.at(2).contains("c") ? (before.at(2).contains("b") ? "a" : "b") : "c";
  ASSERT_SUCCESS(members_->pin({"c", 2, from, to, 2}));
  const auto begun = run(leader);
  EXPECT_EQ(begun.changed, 1U); // one is to load, nothing leaves yet
  EXPECT_EQ(begun.lacking, 0U);
  settle(leader, {"a", "b", "c"});
  auto expected = before;
  expected[2].erase(from);
  expected[2].insert(to);
  EXPECT_EQ(holders(), expected);
  EXPECT_EQ(*members_->release_pins("c", 2), 2U);
  settle(leader, {"a", "b", "c"});
  EXPECT_EQ(holders(), before);
}

TEST_F(controller_test, another_takes_over_when_the_first_is_silent_or_resigns) {
  auto first = make("first");
  auto second = make("second");
  join("a");
  EXPECT_TRUE(run(first).is_controller);
  EXPECT_FALSE(run(second).is_controller);
  advance(settings_.lease - 1ms);
  EXPECT_FALSE(run(second).is_controller);
  advance(1ms);
  EXPECT_TRUE(run(second).is_controller);
  EXPECT_FALSE(run(first).is_controller);
  second.resign();
  EXPECT_TRUE(run(first).is_controller);
  second.resign(); // not its any more
  EXPECT_FALSE(run(second).is_controller);
}

} // namespace

} // namespace rollcall::actors
