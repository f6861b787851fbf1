// Which cameras a node runs.
#include "actors/ingest/camera_keeper.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

core::uuid id_of(std::uint8_t n) {
  core::uuid made;
  made.value[15] = n;
  return made;
}

store::stream_processor row(std::uint8_t n, const std::string& node = {}, std::uint64_t epoch = 0) {
  store::stream_processor made;
  made.key = id_of(n);
  made.name = "camera" + std::to_string(n);
  made.node = node;
  made.epoch = epoch;
  made.claimed_until = core::wall_time{seconds{1'000}};
  made.status = store::processor_status::running;
  return made;
}

class camera_keeper_test : public ::testing::Test {
protected:
  camera_keeper::plan decide(const std::vector<store::stream_processor>& rows,
                             const std::vector<store::processor_claim>& held = {}) {
    return keeper_.decide(now_, rows, held);
  }
  core::steady_time now_{seconds{100}};
  camera_keeper keeper_{{"self", milliseconds{3'000}, 5, 2}};
};

TEST_F(camera_keeper_test, claims_what_is_free_a_few_a_round_and_not_beyond_its_most) {
  std::vector<store::stream_processor> rows;
  for (std::uint8_t n = 1; n <= 8; ++n)
    rows.push_back(row(n));
  std::vector<store::processor_claim> held;
  for (const std::size_t wanted : {2U, 2U, 1U, 0U}) {
    const auto plan = decide(rows, held);
    ASSERT_EQ(plan.claim.size(), wanted);
    for (const auto& one : plan.claim) {
      held.push_back({one.key, 1});
      keeper_.note_running(held.back());
    }
  }
  EXPECT_EQ(keeper_.running(), 5U);
}

TEST_F(camera_keeper_test, takes_another_nodes_camera_when_its_claim_was_not_prolonged_for_as_long_as_it_lasts) {
  auto theirs = row(1, "other", 4);
  EXPECT_TRUE(decide({theirs}).claim.empty());
  now_ += milliseconds{2'000};
  theirs.claimed_until += milliseconds{1'000}; // it was prolonged
  EXPECT_TRUE(decide({theirs}).claim.empty());
  now_ += milliseconds{2'999};
  EXPECT_TRUE(decide({theirs}).claim.empty());
  now_ += milliseconds{1};
  EXPECT_EQ(decide({theirs}).claim.size(), 1U);
}

TEST_F(camera_keeper_test, takes_its_own_from_before_it_was_started_anew_at_once) {
  EXPECT_EQ(decide({row(1, "self", 4)}).claim.size(), 1U);
}

TEST_F(camera_keeper_test, ends_what_is_to_stop_and_gives_up_what_it_holds_no_more) {
  for (std::uint8_t n = 1; n <= 3; ++n)
    keeper_.note_running({id_of(n), 7});
  auto stopping = row(1, "self", 7);
  stopping.status = store::processor_status::stopping;
  const auto plan = decide({stopping, row(2, "other", 8)}, {{id_of(1), 7}, {id_of(2), 8}});
  EXPECT_EQ(plan.end, std::vector{id_of(1)});
  EXPECT_EQ(plan.lose, (std::vector{id_of(2), id_of(3)}));
  EXPECT_TRUE(plan.claim.empty());
}

TEST_F(camera_keeper_test, leaves_to_others_what_is_more_than_its_share_unless_nobody_takes_it) {
  keeper_.learn({0.5, false});
  const std::vector rows{row(1), row(2), row(3)};
  auto plan = decide(rows);
  ASSERT_EQ(plan.claim.size(), 2U); // its share of three
  for (const auto& one : plan.claim)
    keeper_.note_running({one.key, 1});
  const std::vector<store::processor_claim> held{{id_of(1), 1}, {id_of(2), 1}};
  EXPECT_TRUE(decide(rows, held).claim.empty());
  now_ += milliseconds{2'999};
  EXPECT_TRUE(decide(rows, held).claim.empty());
  now_ += milliseconds{1};
  EXPECT_EQ(decide(rows, held).claim.size(), 1U);
}

TEST_F(camera_keeper_test, has_a_share_of_its_capacity) {
  keeper_.learn({1.0 / 3, false});
  EXPECT_EQ(decide({row(1), row(2), row(3)}).claim.size(), 1U);
  keeper_.learn({2.0 / 3, false});
  EXPECT_EQ(decide({row(1), row(2), row(3)}).claim.size(), 2U);
}

TEST_F(camera_keeper_test, takes_those_of_a_dead_node_beyond_its_share_at_once) {
  keeper_.learn({0.5, false});
  keeper_.note_running({id_of(1), 1});
  const std::vector rows{row(1, "self", 1), row(2, "dead", 4)};
  EXPECT_TRUE(decide(rows, {{id_of(1), 1}}).claim.empty());
  now_ += milliseconds{3'000};
  EXPECT_EQ(decide(rows, {{id_of(1), 1}}).claim.size(), 1U);
}

TEST_F(camera_keeper_test, gives_one_after_another_to_nodes_that_have_fewer) {
  std::vector<store::stream_processor> rows;
  std::vector<store::processor_claim> held;
  for (std::uint8_t n = 1; n <= 4; ++n) {
    rows.push_back(row(n, "self", 1));
    held.push_back({id_of(n), 1});
    keeper_.note_running(held.back());
  }
  EXPECT_TRUE(decide(rows, held).give.empty());
  keeper_.learn({0.5, false});
  EXPECT_TRUE(decide(rows, held).give.empty()); // the company may change again
  now_ += milliseconds{6'000};
  EXPECT_EQ(decide(rows, held).give, std::vector{id_of(4)});
  EXPECT_TRUE(decide(rows, held).give.empty());
  keeper_.note_ended(id_of(4));
  held.pop_back();
  EXPECT_TRUE(decide(rows, held).claim.empty()); // read before it was given back
  rows[3] = row(4);
  EXPECT_TRUE(decide(rows, held).claim.empty()); // it is another's now
  rows[3] = row(4, "other", 2);
  EXPECT_TRUE(decide(rows, held).claim.empty());
  now_ += milliseconds{6'000};
  EXPECT_EQ(decide(rows, held).give, std::vector{id_of(3)});
}

TEST_F(camera_keeper_test, gives_more_slowly_what_nobody_takes) {
  keeper_.learn({0.5, false});
  const std::vector rows{row(1, "self", 1), row(2, "self", 1), row(3)};
  std::vector<store::processor_claim> held{{id_of(1), 1}, {id_of(2), 1}, {id_of(3), 1}};
  for (const auto& one : held)
    keeper_.note_running(one);
  static_cast<void>(decide(rows, held));
  now_ += milliseconds{6'000};
  ASSERT_EQ(decide(rows, held).give, std::vector{id_of(3)});
  keeper_.note_ended(id_of(3));
  now_ += milliseconds{5'999};
  EXPECT_TRUE(decide(rows, {{id_of(1), 1}, {id_of(2), 1}}).claim.empty());
  now_ += milliseconds{1};
  ASSERT_EQ(decide(rows, {{id_of(1), 1}, {id_of(2), 1}}).claim.size(), 1U);
  keeper_.note_running({id_of(3), 2});
  held[2].epoch = 2;
  static_cast<void>(decide(rows, held));
  now_ += milliseconds{11'999};
  EXPECT_TRUE(decide(rows, held).give.empty());
  now_ += milliseconds{1};
  EXPECT_EQ(decide(rows, held).give.size(), 1U);
}

TEST_F(camera_keeper_test, gives_all_when_its_node_is_drained_and_takes_none) {
  for (std::uint8_t n = 1; n <= 2; ++n)
    keeper_.note_running({id_of(n), 1});
  keeper_.learn({0.5, true});
  const std::vector rows{row(1, "self", 1), row(2, "self", 1), row(3), row(4), row(5)}; // there is room for one
  const auto plan = decide(rows, {{id_of(1), 1}, {id_of(2), 1}});
  EXPECT_EQ(plan.give, (std::vector{id_of(2), id_of(1)}));
  EXPECT_TRUE(plan.claim.empty());
}

TEST(last_watched_test, is_when_the_last_claim_was_prolonged) {
  auto started = row(1);
  started.claimed_until = {};
  EXPECT_EQ(last_watched(started, seconds{3}), std::nullopt);
  EXPECT_EQ(last_watched(row(1, "other", 2), seconds{3}), core::wall_time{seconds{997}});
}

} // namespace

} // namespace rollcall::actors
