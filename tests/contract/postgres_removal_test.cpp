// Nodes that are taken out for good, over a real PostgreSQL whose clock the test sets.
#include "tests/contract/membership_fixture.hpp"

#include <algorithm>
#include <future>

namespace rollcall::store::testing {

namespace {

class postgres_removal : public postgres_membership {
protected:
  void SetUp() override {
    ASSERT_SUCCESS(store_->create_collection(collection_, {}));
    for (const auto* name : {"a", "b"}) {
      join(name);
      ASSERT_SUCCESS(members_->beat(name, 1, span));
    }
    token_ = become_controller("c", 100 * span);
  }
  core::result<std::vector<named_partition>> remove(const std::string& name, bool is_forced = false) {
    return members_->remove_node(name, {find(name).lease, span, is_forced});
  }
  bool is_listed(const std::string& name) {
    const auto nodes = members_->list_nodes();
    EXPECT_TRUE(nodes) << why(nodes);
    return std::any_of(nodes->begin(), nodes->end(), [&](const auto& node) { return node.name == name; });
  }
  /// Drained, and silent until its lease has run out.
  void stop(const std::string& name) {
    ASSERT_SUCCESS(members_->drain(name, true));
    advance(span);
  }

  std::uint64_t token_ = 0;
};

TEST_F(postgres_removal, a_node_that_is_active_or_runs_is_not_removed) {
  advance(span);
  const auto active = remove("a");
  EXPECT_FAILURE(active, conflict);
  EXPECT_NE(active.failure().message.find("rollcall nodes drain a"), std::string::npos) << active.failure().message;
  ASSERT_SUCCESS(members_->drain("a", true));
  ASSERT_SUCCESS(members_->beat("a", 1, 0ms)); // without a lease, but heard
  advance(span - 1ms);
  EXPECT_FAILURE(remove("a"), conflict);
  ASSERT_SUCCESS(members_->beat("a", 1, 10 * span)); // with one
  advance(span);
  EXPECT_FAILURE(remove("a"), conflict);
  const auto seen = find("a").lease;
  ASSERT_SUCCESS(members_->beat("a", 1, 1ms));
  advance(10 * span);
  EXPECT_FAILURE(members_->remove_node("a", {seen, span}), conflict); // it was granted another since
  EXPECT_TRUE(is_listed("a"));
  ASSERT_SUCCESS(remove("a"));
  EXPECT_FALSE(is_listed("a"));
  EXPECT_FAILURE(members_->remove_node("a", {}), not_found);
  EXPECT_FAILURE(members_->remove_node("nobody", {}), not_found);
}

TEST_F(postgres_removal, a_node_that_left_or_is_dead_is_removed_at_once) {
  ASSERT_SUCCESS(members_->drain("a", true));
  ASSERT_SUCCESS(members_->leave("a", 1));
  ASSERT_SUCCESS(remove("a"));
  advance(span);
  ASSERT_SUCCESS(members_->mark_node("b", node_state::dead, token_));
  ASSERT_SUCCESS(remove("b"));
  EXPECT_TRUE(members_->list_nodes()->empty());
}

TEST_F(postgres_removal, the_last_that_answers_is_removed_by_force_only) {
  for (std::uint32_t partition = 0; partition < 3; ++partition)
    place(token_, partition, "a", partition == 2 ? placement_state::leaving : placement_state::ready);
  place(token_, 3, "a", placement_state::loading); // nobody misses it
  place(token_, 0, "b", placement_state::loading); // does not answer yet
  place(token_, 1, "b", placement_state::leaving); // still does
  stop("a");
  const auto version = *members_->map_version();
  const auto refused = remove("a");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::conflict);
  EXPECT_NE(refused.failure().message.find("c/0, c/2."), std::string::npos) << refused.failure().message;
  EXPECT_EQ(placements().size(), 6U);
  EXPECT_EQ(*members_->map_version(), version);
  const auto removed = remove("a", true);
  ASSERT_SUCCESS(removed);
  EXPECT_EQ(*removed, (std::vector<named_partition>{{"c", 0}, {"c", 2}}));
  for (const auto& one : placements())
    EXPECT_EQ(one.node, "b");
  EXPECT_GT(*members_->map_version(), version); // the others look at once
}

TEST_F(postgres_removal, what_a_dead_node_holds_is_answered_for_by_nobody) {
  place(token_, 0, "a", placement_state::ready);
  place(token_, 0, "b", placement_state::ready);
  advance(span);
  ASSERT_SUCCESS(members_->mark_node("b", node_state::dead, token_));
  ASSERT_SUCCESS(members_->drain("a", true));
  EXPECT_FAILURE(remove("a"), conflict);
  ASSERT_SUCCESS(remove("b"));
}

TEST_F(postgres_removal, a_removed_node_is_out_of_everything) {
  stop("a");
  ASSERT_SUCCESS(remove("a"));
  EXPECT_FAILURE(members_->beat("a", 1, span), not_found); // it stops
  EXPECT_FAILURE(members_->drain("a", false), not_found);
  EXPECT_FAILURE(members_->mark_node("a", node_state::dead, token_), not_found);
  const auto given = put(0, "a");
  EXPECT_FAILURE(members_->change_placements({&given, 1}, token_), not_found);
  const auto done = put(0, "a", placement_state::ready).what;
  ASSERT_SUCCESS(members_->report("a", 1, {&done, 1}));
  EXPECT_TRUE(placements().empty());
}

TEST_F(postgres_removal, a_removed_node_that_comes_back_registers_anew_and_its_numbers_go_on) {
  place(token_, 0, "a", placement_state::ready);
  place(token_, 0, "b", placement_state::ready);
  stop("a");
  const auto before = find("a");
  ASSERT_SUCCESS(remove("a"));
  const auto back = join("a", second_instance);
  EXPECT_EQ(back.state, node_state::active); // not draining any more
  EXPECT_GT(back.generation, before.generation);
  ASSERT_SUCCESS(members_->beat("a", back.generation, span));
  EXPECT_GT(find("a").lease.number, before.lease.number); // nobody takes it for one that has run out
  EXPECT_EQ(placements().size(), 1U);
  ASSERT_SUCCESS(members_->drain("a", true));
  advance(span);
  ASSERT_SUCCESS(remove("a"));
  EXPECT_EQ(join("a", second_instance).state, node_state::active); // the same instance
}

TEST_F(postgres_removal, no_placement_is_left_behind_whoever_puts_one_at_the_same_time) {
  for (int round = 0; round < 20; ++round) {
    ASSERT_SUCCESS(members_->drain("a", true));
    ASSERT_SUCCESS(members_->leave("a", find("a").generation));
    auto putting = std::async(std::launch::async, [&, other = open()] {
      for (std::uint32_t partition = 0; partition < 4; ++partition) {
        const auto given = put(partition, "a");
        const auto changed = other->change_placements({&given, 1}, token_);
        EXPECT_TRUE(changed || changed.failure().code == core::error_code::not_found) << why(changed);
      }
    });
    auto reporting = std::async(std::launch::async, [&, other = open(), generation = find("a").generation] {
      for (std::uint32_t partition = 0; partition < 4; ++partition) {
        const auto done = put(partition, "a", placement_state::ready).what;
        EXPECT_TRUE(other->report("a", generation, {&done, 1}));
      }
    });
    ASSERT_SUCCESS(remove("a", true));
    putting.get();
    reporting.get();
    EXPECT_TRUE(placements().empty());
    join("a", second_instance);
  }
}

} // namespace

} // namespace rollcall::store::testing
