// The plain classes under the actors: error translation, decision groups, the split and the confirmations of a push.
#include "actors/storing/decision_writer.hpp"
#include "actors/storing/mutation_push.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using core::error_code;

TEST(errors, every_code_survives_the_way_through_caf) {
  for (std::size_t at = 0; at < core::error_code_count; ++at) {
    const auto code = static_cast<error_code>(at);
    const auto failed = to_caf(core::fail(code, "what to do", "where it was"));
    EXPECT_TRUE(static_cast<bool>(failed)); // not "no error", even for the first code
    const auto back = to_core(failed);
    EXPECT_EQ(back.code, code);
    EXPECT_EQ(back.message, "what to do");
    EXPECT_EQ(back.context, "where it was");
  }
}

TEST(errors, cafs_own_codes_have_a_meaning_here) {
  EXPECT_EQ(to_core(caf::make_error(caf::sec::request_timeout)).code, error_code::deadline_exceeded);
  EXPECT_EQ(to_core(caf::make_error(caf::sec::request_receiver_down)).code, error_code::unavailable);
  EXPECT_EQ(to_core(caf::make_error(caf::exit_reason::kill)).code, error_code::unavailable);
  EXPECT_EQ(to_core(caf::make_error(caf::sec::unexpected_message)).code, error_code::internal);
}

store::decision named(const std::string& operation) {
  store::decision made;
  made.operation = operation;
  return made;
}

std::string names(const std::vector<store::decision>& batch) {
  std::string all;
  for (const auto& one : batch)
    all += one.operation;
  return all;
}

TEST(decision_writer, what_arrives_during_a_commit_goes_into_the_next) {
  decision_writer writer(100);
  EXPECT_FALSE(writer.begin());
  ASSERT_TRUE(writer.begin(true)); // of what is kept elsewhere
  EXPECT_FALSE(writer.begin(true));
  EXPECT_EQ(writer.settle(true, true).committed, 0U);
  ASSERT_TRUE(writer.add(named("a"), std::nullopt));
  EXPECT_EQ(names(*writer.begin()), "a");
  ASSERT_TRUE(writer.add(named("b"), 7));
  ASSERT_TRUE(writer.add(named("c"), std::nullopt));
  EXPECT_FALSE(writer.begin()); // one at a time
  EXPECT_TRUE(writer.settle(true, true).waiters.empty());
  EXPECT_EQ(names(*writer.begin()), "bc");
  const auto settled = writer.settle(true, true);
  EXPECT_EQ(settled.waiters, std::vector<std::uint64_t>{7});
  EXPECT_EQ(settled.committed, 2U);
  EXPECT_EQ(writer.size(), 0U);
}

TEST(decision_writer, after_a_failure_the_kept_go_first_and_the_told_are_forgotten) {
  decision_writer writer(100);
  ASSERT_TRUE(writer.add(named("a"), std::nullopt));
  ASSERT_TRUE(writer.add(named("b"), 7));
  ASSERT_TRUE(writer.begin());
  ASSERT_TRUE(writer.add(named("c"), std::nullopt));
  auto settled = writer.settle(false, true);
  EXPECT_EQ(settled.waiters, std::vector<std::uint64_t>{7});
  EXPECT_EQ(settled.committed, 0U);
  EXPECT_EQ(settled.lost, 0U);
  EXPECT_EQ(names(*writer.begin()), "ac");
  settled = writer.settle(false, false);
  EXPECT_EQ(settled.lost, 2U);
  EXPECT_EQ(writer.size(), 0U);
}

TEST(decision_writer, the_backlog_counts_what_is_being_committed) {
  decision_writer writer(2);
  ASSERT_TRUE(writer.add(named("a"), std::nullopt));
  ASSERT_TRUE(writer.begin());
  ASSERT_TRUE(writer.add(named("b"), std::nullopt));
  const auto refused = writer.add(named("c"), std::nullopt);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, error_code::overloaded);
  (void)writer.settle(true, true);
  EXPECT_TRUE(writer.add(named("c"), std::nullopt));
}

TEST(mutation_push, splits_by_placement_and_tells_everybody_of_drops) {
  const core::collection_key key{};
  const auto pushes =
      split_by_shard({{key, 0, {}}, {key, 2, {}}, {key, 1, {}}, {key, 4, {}}}, {{core::collection_key{}}}, 3);
  ASSERT_EQ(pushes.size(), 3U);
  EXPECT_EQ(pushes[0].apply.batches.size(), 1U);
  ASSERT_EQ(pushes[1].apply.batches.size(), 2U);
  EXPECT_EQ(pushes[1].apply.batches[0].partition, 1U);
  EXPECT_EQ(pushes[1].apply.batches[1].partition, 4U);
  EXPECT_EQ(pushes[2].index, 2U);
  for (const auto& push : pushes)
    EXPECT_EQ(push.drops.size(), 1U);
  EXPECT_TRUE(split_by_shard({}, {}, 3).empty());
}

TEST(confirmations, the_last_one_completes_a_write) {
  confirmations waiting;
  waiting.expect(1, 0);
  waiting.expect(1, 1);
  waiting.expect(1, 1); // two messages to the same shard
  EXPECT_FALSE(waiting.confirm(1, 1, true));
  EXPECT_FALSE(waiting.confirm(1, 0, true));
  EXPECT_FALSE(waiting.confirm(1, 0, true)); // not twice
  EXPECT_TRUE(waiting.is_waiting(1));
  EXPECT_TRUE(waiting.confirm(1, 1, true));
  EXPECT_TRUE(waiting.take(1));
  EXPECT_FALSE(waiting.is_waiting(1));
}

TEST(confirmations, one_that_never_comes_leaves_the_outcome_unknown) {
  confirmations waiting;
  waiting.expect(1, 0);
  waiting.expect(1, 1);
  EXPECT_FALSE(waiting.confirm(1, 0, false));
  EXPECT_TRUE(waiting.confirm(1, 1, true));
  EXPECT_FALSE(waiting.take(1));
}

TEST(confirmations, a_dead_shard_owes_nothing) {
  confirmations waiting;
  waiting.expect(1, 0);
  waiting.expect(1, 0);
  waiting.expect(2, 0);
  waiting.expect(2, 1);
  EXPECT_EQ(waiting.forget_shard(0), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(waiting.take(1));
  EXPECT_TRUE(waiting.confirm(2, 1, true));
  EXPECT_TRUE(waiting.take(2));
}

} // namespace
} // namespace rollcall::actors
