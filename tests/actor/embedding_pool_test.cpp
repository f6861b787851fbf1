#include "actors/embedding/embedding_pool.hpp"

#include "core/metrics.hpp"
#include "tests/actor/scripted_embedder.hpp"

namespace rollcall::actors {
namespace {

using core::error_code;
using namespace std::chrono_literals;

class embedding_pool_test : public testing::deterministic {
protected:
  void SetUp() override {
    for (auto& script : scripts_) {
      script = std::make_shared<testing::scripted_embedder>();
      members_.push_back(testing::spawn_embedder(system_, script));
    }
    pool_ = embedding_pool(system_, {{members_[0], 3}, {members_[1], 2}}, {.outstanding = 6}, core::null_metrics());
    run();
  }

  void TearDown() override {
    caf::anon_send_exit(pool_, caf::exit_reason::user_shutdown);
    for (const auto& one : members_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    run();
    for (auto& script : scripts_)
      *script = {};
  }

  auto send(std::chrono::milliseconds span = 1s) {
    auto sent = ask<vision::analysis>(
        pool_, analyze_request{{}, std::make_shared<core::bytes>(), {}, core::deadline::in(span)});
    run();
    return sent;
  }

  [[nodiscard]] std::size_t held(std::size_t member) const { return scripts_[member]->owed.size(); }

  std::array<std::shared_ptr<testing::scripted_embedder>, 2> scripts_;
  std::vector<embedding_actor> members_;
  embedding_pool_actor pool_;
};

TEST_F(embedding_pool_test, routes_to_the_member_with_the_fewest_outstanding) {
  const auto first = send();
  const auto second = send();
  const auto third = send();
  EXPECT_EQ(held(0), 2U);
  EXPECT_EQ(held(1), 1U);
  scripts_[0]->answer(1);
  scripts_[0]->answer(2);
  run();
  const auto fourth = send();
  const auto fifth = send(); // member 0 has one again, as has member 1; the first wins the tie
  EXPECT_EQ(held(0), 2U);
  EXPECT_EQ(held(1), 1U);
  ASSERT_TRUE(first->is_answered() && third->is_answered());
  EXPECT_EQ((*first->answer)->width_px, 1);
  EXPECT_EQ((*third->answer)->width_px, 2);
  EXPECT_FALSE(second->is_answered());
}

TEST_F(embedding_pool_test, refuses_when_full_and_accepts_again) {
  for (int i = 0; i < 6; ++i)
    EXPECT_FALSE(send()->is_answered());
  EXPECT_EQ(send()->code(), error_code::overloaded);
  scripts_[0]->answer(1);
  run();
  EXPECT_FALSE(send()->is_answered());
}

TEST_F(embedding_pool_test, what_a_dead_member_owed_is_tried_once_on_another) {
  const auto first = send();
  const auto second = send();
  kill(members_[0]);
  EXPECT_FALSE(first->is_answered());
  EXPECT_EQ(held(1), 2U);
  scripts_[1]->answer(2);
  scripts_[1]->answer(1);
  run();
  ASSERT_TRUE(first->is_answered() && *first->answer);
  EXPECT_EQ((*first->answer)->width_px, 1);
  EXPECT_EQ((*second->answer)->width_px, 2);
}

TEST_F(embedding_pool_test, with_no_member_left_a_picture_is_unavailable) {
  const auto first = send();
  kill(members_[0]);
  kill(members_[1]);
  ASSERT_TRUE(first->is_answered());
  EXPECT_EQ(first->code(), error_code::unavailable);
  EXPECT_EQ(send()->code(), error_code::unavailable);
  const auto status = ask<embedding_status>(pool_, status_request{});
  run();
  EXPECT_EQ((*status->answer)->outstanding, 0U);
  EXPECT_EQ((*status->answer)->workers, 0U);
}

TEST_F(embedding_pool_test, counts_the_workers_of_those_that_are_up) {
  const auto both = ask<embedding_status>(pool_, status_request{});
  run();
  EXPECT_EQ((*both->answer)->workers, 5U);
  kill(members_[0]);
  const auto one = ask<embedding_status>(pool_, status_request{});
  run();
  EXPECT_EQ((*one->answer)->workers, 2U);
}

TEST_F(embedding_pool_test, a_late_member_is_not_waited_for) {
  const auto sent = send();
  advance(1'100ms);
  EXPECT_EQ(sent->code(), error_code::deadline_exceeded);
  scripts_[0]->answer(1); // too late: dropped
  run();
  EXPECT_EQ(send(0ms)->code(), error_code::deadline_exceeded);
  EXPECT_FALSE(send()->is_answered());
  EXPECT_EQ(held(0), 1U);
}

} // namespace
} // namespace rollcall::actors
