#include "actors/replica/replica_set.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;
using store::placement_state;
using enum store::placement_state;

const core::collection_key collection{core::uuid{{1}}};

store::share_entry entry(std::uint32_t partition, placement_state state, std::uint64_t head = 0) {
  return {collection, partition, state, head};
}
partition_key key(std::uint32_t partition) {
  return {collection, partition};
}

class replica_set_test : public ::testing::Test {
protected:
  /// A share comes, its heads are noted.
  replica_set::difference follow(std::vector<store::share_entry> share) {
    auto found = held_.follow(share, now_);
    held_.settle(share);
    return found;
  }
  partition_load load(std::uint64_t seq = 100) {
    const auto next = held_.next_load();
    EXPECT_TRUE(next);
    EXPECT_TRUE(next && held_.finish(*next, seq));
    return next.value_or(partition_load{});
  }
  [[nodiscard]] bool answers(std::uint32_t partition) const { return held_.answers(key(partition), now_); }

  core::steady_time now_{};
  replica_set held_{2s};
};

TEST_F(replica_set_test, a_partition_answers_once_it_is_loaded_and_the_map_calls_it_ready) {
  EXPECT_TRUE(held_.is_settled());
  EXPECT_FALSE(answers(0)); // nobody placed it here
  follow({entry(0, loading, 7)});
  EXPECT_FALSE(held_.is_settled());
  EXPECT_TRUE(held_.news(now_).empty());
  const auto loaded = load();
  EXPECT_EQ(loaded.key, key(0));
  EXPECT_EQ(loaded.head, 7U);
  EXPECT_FALSE(answers(0));
  EXPECT_EQ(held_.news(now_), (std::vector<store::placement>{{collection, 0, "", ready}}));
  auto share = std::vector{entry(0, ready, 9)};
  const auto found = held_.follow(share, now_);
  EXPECT_EQ(found.present, share);
  EXPECT_FALSE(answers(0)); // its heads are not noted yet
  held_.settle(share);
  EXPECT_TRUE(answers(0));
  EXPECT_TRUE(held_.is_settled());
  EXPECT_TRUE(held_.news(now_).empty());
  follow({entry(0, loading, 9)}); // as after the cluster gave this node up
  EXPECT_FALSE(answers(0));
}

TEST_F(replica_set_test, what_is_loading_is_not_done_before_it_contains_what_it_was_told_of) {
  follow({entry(0, loading, 7)});
  EXPECT_FALSE(held_.takes(key(0), 9));
  EXPECT_FALSE(held_.takes(key(1), 9)); // not held
  const auto next = held_.next_load();
  ASSERT_TRUE(next);
  EXPECT_FALSE(held_.finish(*next, 8));
  follow({entry(0, loading, 11)});
  EXPECT_FALSE(held_.finish(*next, 10));
  EXPECT_TRUE(held_.finish(*next, 11));
  EXPECT_TRUE(held_.takes(key(0), 12));
}

TEST_F(replica_set_test, what_leaves_answers_for_a_while_and_is_reported_then) {
  follow({entry(0, loading)});
  load();
  follow({entry(0, ready)});
  follow({entry(0, leaving)});
  now_ += 1'999ms;
  follow({entry(0, leaving)}); // counts from the first time
  EXPECT_TRUE(answers(0));
  EXPECT_TRUE(held_.news(now_).empty());
  now_ += 1ms;
  EXPECT_FALSE(answers(0));
  EXPECT_EQ(held_.news(now_), (std::vector<store::placement>{{collection, 0, "", leaving}}));
  follow({entry(0, ready)}); // it is wanted again
  EXPECT_TRUE(answers(0));
  EXPECT_EQ(follow({}).gone, std::vector{key(0)});
  EXPECT_FALSE(answers(0));
}

TEST_F(replica_set_test, a_load_that_nobody_wants_any_more_ends) {
  follow({entry(0, loading), entry(1, loading)});
  const auto first = held_.next_load();
  ASSERT_TRUE(first && held_.is_wanted(*first));
  follow({entry(1, loading)});
  EXPECT_FALSE(held_.is_wanted(*first));
  follow({entry(0, loading), entry(1, loading)});
  EXPECT_FALSE(held_.is_wanted(*first)); // another load takes its place
  held_.forget(key(1));
  EXPECT_EQ(load().key, key(0));
  EXPECT_FALSE(held_.next_load());
  held_.forget(collection);
  EXPECT_TRUE(held_.is_settled());
}

TEST_F(replica_set_test, what_is_loaded_anew_does_not_answer) {
  follow({entry(0, loading)});
  load();
  follow({entry(0, ready)});
  held_.reload(key(0));
  EXPECT_FALSE(answers(0));
  EXPECT_FALSE(load().head); // to be asked for
  EXPECT_TRUE(answers(0));
  held_.reload(key(5)); // not held
  EXPECT_FALSE(held_.next_load());
}

TEST_F(replica_set_test, without_a_cluster_everything_is_answered_for) {
  replica_set sole{2s, true};
  EXPECT_TRUE(sole.answers(key(3), now_));
  EXPECT_TRUE(sole.takes(key(3), 1));
  const std::vector share{entry(0, ready, 4)};
  static_cast<void>(sole.follow(share, now_));
  EXPECT_FALSE(sole.answers(key(0), now_));
  EXPECT_TRUE(sole.finish(*sole.next_load(), 4));
  EXPECT_TRUE(sole.answers(key(0), now_));
  sole.reload(key(3));
  EXPECT_FALSE(sole.answers(key(3), now_));
}

} // namespace
} // namespace rollcall::actors
