#include "actors/search/gathering.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace rollcall::actors {

namespace {

using core::error_code;
using request = gathering::request;
using requests = std::vector<request>;
using replicas = std::vector<std::vector<std::size_t>>;

gathering make(const replicas& of, shard_choice choice = {}) {
  const auto lookup = [of](core::collection_key, std::uint32_t partition) { return of[partition]; };
  return {{}, {0, static_cast<std::uint32_t>(of.size())}, lookup, choice};
}

/// A shard's answer: a hit for each partition, of which it says that it has answered.
shard::search_answer make_answer(const std::vector<std::uint32_t>& partitions, bool has_answered = true,
                                 bool is_current = true) {
  shard::search_answer made;
  made.rows.resize(1);
  for (const auto partition : partitions) {
    core::uuid id;
    id.value[0] = static_cast<std::uint8_t>(partition);
    made.rows[0].push_back({id, 1 - static_cast<float>(partition) / 100});
    made.partitions.push_back({partition, has_answered, is_current, shard::exactness::proved, 1, 10});
  }
  return made;
}

core::error down() {
  return core::fail(error_code::unavailable, "gone");
}

TEST(gathering, asks_few_shards_and_each_once) {
  EXPECT_EQ(make({{0}, {1}, {0}}).begin(), (requests{{0, {0, 2}}, {1, {1}}}));
  // One that has everything is asked alone.
  EXPECT_EQ(make({{0, 2}, {1, 2}, {2, 0}}).begin(), (requests{{2, {0, 1, 2}}}));
  EXPECT_EQ(make({{0, 1}, {1, 0}}).begin().size(), 1U);
  EXPECT_EQ(make({{}, {}}).begin(), requests{});
}

// Three nodes, two replicas: any two of them are asked, and each as often as the others.
TEST(gathering, shards_take_turns_where_none_is_this_nodes_own) {
  const replicas three{{0, 1}, {1, 2}, {2, 0}, {0, 1}, {1, 2}, {2, 0}};
  std::vector<std::size_t> asked(3);
  for (std::size_t turn = 0; turn < 60; ++turn)
    for (const auto& one : make(three, {.own = 0, .turn = turn}).begin())
      asked[one.shard] += one.partitions.size();
  EXPECT_EQ(asked[0] + asked[1] + asked[2], 360U);
  for (const auto count : asked)
    EXPECT_NEAR(static_cast<double>(count), 120, 24);
  for (std::size_t turn = 0; turn < 3; ++turn) {
    EXPECT_EQ(make(three, {.own = 1, .turn = turn}).begin()[0], (request{0, {0, 2, 3, 5}}));
    // One that has less by much is not worth a request more, one that has a little less is.
    EXPECT_EQ(make({{0, 1}, {0}, {0}, {0}}, {.own = 0, .turn = turn}).begin().size(), 1U);
  }
  EXPECT_EQ(make({{0, 1}, {0, 1}, {0, 1}, {0}}, {.own = 0, .turn = 1}).begin()[0].shard, 1U);
}

// Of a collection that was doubled: partitions 12 to 15.
TEST(gathering, asks_for_partitions_by_their_numbers) {
  const auto lookup = [](core::collection_key, std::uint32_t partition) {
    return partition < 12 ? std::vector<std::size_t>{} : std::vector<std::size_t>{partition % 2, 2};
  };
  gathering one({}, {12, 4}, lookup, {.own = 1, .turn = 0});
  EXPECT_EQ(one.begin(), (requests{{2, {12, 13, 14, 15}}}));
  auto answer = make_answer({0, 3, 12, 13, 14}); // the first two are of others
  EXPECT_EQ(one.take(2, answer), (requests{{1, {15}}}));
  EXPECT_EQ(one.covered().answered, 3U);
  answer = make_answer({15});
  EXPECT_EQ(one.take(1, answer), requests{});
  EXPECT_TRUE(one.is_over());
  EXPECT_TRUE(one.covered().is_complete());
}

TEST(gathering, what_a_shard_fails_to_answer_another_is_asked) {
  auto one = make({{0, 1}, {0, 2}, {0}});
  EXPECT_EQ(one.begin(), (requests{{0, {0, 1, 2}}}));
  EXPECT_EQ(one.miss(0, down()), (requests{{1, {0}}, {2, {1}}}));
  EXPECT_FALSE(one.is_over());
  auto answer = make_answer({0});
  EXPECT_EQ(one.take(1, answer), requests{});
  answer = make_answer({1});
  EXPECT_EQ(one.take(2, answer), requests{});
  EXPECT_TRUE(one.is_over()); // nobody is left for partition 2
  EXPECT_EQ(one.covered().answered, 2U);
  EXPECT_EQ(one.first_error()->code, error_code::unavailable);
}

TEST(gathering, what_is_being_asked_is_not_asked_of_others_because_a_third_failed) {
  auto one = make({{0, 3}, {1, 2}});
  EXPECT_EQ(one.begin(), (requests{{0, {0}}, {1, {1}}}));
  EXPECT_EQ(one.miss(0, down()), (requests{{3, {0}}}));
}

TEST(gathering, a_partition_that_a_shard_has_not_loaded_is_asked_of_another) {
  auto one = make({{0, 1}, {0, 1}});
  static_cast<void>(one.begin());
  auto answer = make_answer({0});
  answer.partitions.push_back(make_answer({1}, false).partitions[0]);
  EXPECT_EQ(one.take(0, answer), (requests{{1, {1}}}));
  EXPECT_EQ(one.covered().answered, 1U);
}

// The only other replica is being asked for something else: its turn comes when it has answered.
TEST(gathering, a_shard_that_owes_an_answer_is_asked_again_after_it) {
  auto one = make({{0}, {1, 0}});
  EXPECT_EQ(one.begin(), (requests{{0, {0, 1}}}));
  auto other = make({{0, 1}, {1}, {1}});
  EXPECT_EQ(other.begin(), (requests{{1, {0, 1, 2}}}));
  auto third = make({{0}, {0}, {1, 0}, {1}, {1}}, {.own = 0, .turn = 1});
  EXPECT_EQ(third.begin(), (requests{{1, {2, 3, 4}}, {0, {0, 1}}}));
  EXPECT_EQ(third.miss(1, down()), requests{}); // shard 0 owes an answer
  EXPECT_FALSE(third.is_over());
  auto answer = make_answer({0, 1});
  EXPECT_EQ(third.take(0, answer), (requests{{0, {2}}}));
}

TEST(gathering, a_slow_shard_is_raced_and_whoever_is_first_counts) {
  for (const bool slow_wins : {true, false}) {
    auto one = make({{0, 1}, {0, 1}});
    static_cast<void>(one.begin());
    EXPECT_EQ(one.hedge(0), (requests{{1, {0, 1}}}));
    EXPECT_EQ(one.hedge(0), requests{}); // once
    auto answer = make_answer({0, 1});
    EXPECT_EQ(one.take(slow_wins ? 0 : 1, answer), requests{});
    EXPECT_TRUE(one.is_over());
    EXPECT_EQ(one.covered().answered, 2U);
    EXPECT_EQ(one.covered().references, 20U);
    EXPECT_EQ(one.parts().size(), 1U);
    answer = make_answer({0, 1});
    EXPECT_EQ(one.take(slow_wins ? 1 : 0, answer), requests{});
    EXPECT_EQ(one.parts().size(), 1U); // the second adds nothing
    EXPECT_EQ(one.covered().references, 20U);
  }
  auto one = make({{0}});
  static_cast<void>(one.begin());
  EXPECT_EQ(one.hedge(0), requests{}); // there is no other
  EXPECT_EQ(one.hedge(7), requests{}); // it was not asked
}

TEST(gathering, a_slow_shard_is_raced_by_one_that_was_busy_before) {
  auto one = make({{0, 1}, {0}, {1}});
  EXPECT_EQ(one.begin(), (requests{{0, {0, 1}}, {1, {2}}}));
  EXPECT_EQ(one.hedge(0), requests{}); // shard 1 owes an answer itself
  auto answer = make_answer({2});
  EXPECT_EQ(one.take(1, answer), (requests{{1, {0}}}));
  answer = make_answer({0});
  EXPECT_EQ(one.take(1, answer), requests{});
  EXPECT_FALSE(one.is_over()); // nobody else has the other one
  answer = make_answer({0, 1});
  EXPECT_EQ(one.take(0, answer), requests{});
  EXPECT_TRUE(one.is_over());
  EXPECT_EQ(one.covered().answered, 3U);
}

TEST(gathering, a_shard_asked_last_races_nobody_but_replaces_one_that_failed) {
  auto one = make({{0, 1}, {0, 1}}, {.last = {1}});
  EXPECT_EQ(one.begin(), (requests{{0, {0, 1}}}));
  EXPECT_EQ(one.hedge(0), requests{});
  EXPECT_EQ(one.miss(0, down()), (requests{{1, {0, 1}}}));

  auto other = make({{0, 1}, {2, 1}}, {.last = {1}});
  EXPECT_EQ(other.begin(), (requests{{0, {0}}, {2, {1}}}));
  EXPECT_EQ(other.hedge(0), requests{});
  EXPECT_EQ(other.miss(2, down()), (requests{{1, {1}}})); // and not what the slow one owes
}

TEST(gathering, a_shard_asked_last_for_one_partition_is_not_asked_for_those_of_others) {
  auto one = make({{1}, {0, 1}, {0, 1}}, {.last = {1}});
  EXPECT_EQ(one.begin(), (requests{{0, {1, 2}}, {1, {0}}}));
  auto other = make({{1}, {1}, {1}, {0, 1}}, {.last = {1}});
  EXPECT_EQ(other.begin(), (requests{{1, {0, 1, 2}}, {0, {3}}}));
}

TEST(gathering, a_replica_that_is_behind_makes_what_it_is_merged_into_not_current) {
  auto one = make({{0, 1}, {0, 2}});
  static_cast<void>(one.begin());
  static_cast<void>(one.hedge(0));
  auto answer = make_answer({0});
  static_cast<void>(one.take(1, answer));
  EXPECT_TRUE(one.covered().is_current);
  answer = make_answer({0, 1}); // of partition 1 it is the first; its hits of partition 0 are merged, too
  answer.partitions[0].is_current = false;
  static_cast<void>(one.take(0, answer));
  EXPECT_TRUE(one.is_over());
  EXPECT_FALSE(one.covered().is_current);
}

TEST(gathering, the_callers_mistake_is_asked_of_nobody_else) {
  auto one = make({{0, 1}, {0, 1}, {2, 1}});
  EXPECT_EQ(one.begin().size(), 1U); // shard 1 has all of it
  EXPECT_EQ(one.miss(1, core::fail(error_code::model_mismatch, "no")), requests{});
  EXPECT_TRUE(one.is_over());
  EXPECT_TRUE(one.is_refused());
}

// Any replicas, failures, slowness and partial answers: each partition counts once, nobody is asked twice for one, and
// a partition goes unanswered only when none of its replicas would answer for it.
TEST(gathering, misses_nothing_that_some_replica_has) {
  for (std::uint64_t seed = 1; seed <= 2'000; ++seed) {
    testing::random_references random{seed};
    const auto shards = 1 + random.below(5);
    replicas of(1 + random.below(9));
    std::vector<bool> works(shards);
    for (std::size_t shard = 0; shard < shards; ++shard)
      works[shard] = random.below(3) != 0;
    std::set<std::pair<std::size_t, std::uint32_t>> has; // shard, partition: loaded there
    for (std::uint32_t partition = 0; partition < of.size(); ++partition)
      for (std::size_t shard = 0; shard < shards; ++shard) {
        if (random.below(2) == 0)
          of[partition].push_back(shard);
        if (random.below(4) != 0)
          has.emplace(shard, partition);
      }
    auto one = make(of);
    std::vector<request> open = one.begin();
    std::set<std::pair<std::size_t, std::uint32_t>> asked;
    const auto note = [&](const requests& more) {
      for (const auto& each : more)
        for (const auto partition : each.partitions) {
          EXPECT_TRUE(asked.emplace(each.shard, partition).second) << "seed " << seed;
          EXPECT_NE(std::find(of[partition].begin(), of[partition].end(), each.shard), of[partition].end());
        }
    };
    note(open);
    while (!open.empty()) {
      const auto at = random.below(open.size());
      const auto each = open[at];
      requests more;
      if (random.below(4) == 0) {
        more = one.hedge(each.shard);
      } else if (!works[each.shard]) {
        more = one.miss(each.shard, down());
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      } else {
        shard::search_answer answer;
        answer.rows.resize(1);
        for (const auto partition : each.partitions)
          answer.partitions.push_back(
              {partition, has.contains({each.shard, partition}), true, shard::exactness::proved, 1, 10});
        more = one.take(each.shard, answer);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(at));
      }
      note(more);
      open.insert(open.end(), more.begin(), more.end());
    }
    EXPECT_TRUE(one.is_over()) << "seed " << seed;
    std::uint32_t reachable = 0;
    for (std::uint32_t partition = 0; partition < of.size(); ++partition)
      reachable += std::any_of(of[partition].begin(), of[partition].end(),
                               [&](std::size_t shard) {
                                 return works[shard] && has.contains({shard, partition});
                               })
                       ? 1
                       : 0;
    EXPECT_EQ(one.covered().answered, reachable) << "seed " << seed;
    EXPECT_EQ(one.covered().references, reachable * 10);
    if (::testing::Test::HasFailure())
      return;
  }
}

} // namespace

} // namespace rollcall::actors
