#include "actors/replica/search_batches.hpp"

#include "shard/coded_index.hpp"
#include "shard/gallery.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::actors {
namespace {

constexpr std::size_t dimension = 16;

class search_batches_test : public ::testing::Test {
protected:
  accepted_search make(std::uint64_t ticket, std::size_t probes = 1) {
    accepted_search made{ticket,
                         {.request = {random_.id()},
                          .collection = collection_,
                          .partitions = {0, 1},
                          .probes = {},
                          .dimension = dimension,
                          .until = core::deadline::in(std::chrono::seconds{10})},
                         {},
                         true};
    for (std::size_t probe = 0; probe < probes; ++probe) {
      const auto embedding = random_.embedding(dimension);
      made.request.probes.insert(made.request.probes.end(), embedding.begin(), embedding.end());
    }
    return made;
  }
  static std::vector<std::uint64_t> tickets(const search_batch& of) {
    std::vector<std::uint64_t> all;
    for (const auto& one : of)
      all.push_back(one.ticket);
    return all;
  }
  using numbers = std::vector<std::uint64_t>;

  testing::random_references random_{12};
  core::collection_key collection_{random_.id()};
};

TEST_F(search_batches_test, nobody_waits_while_a_thread_is_free) {
  search_batches waiting(2, 10);
  EXPECT_TRUE(waiting.next().empty());
  for (const std::uint64_t ticket : {1U, 2U}) {
    ASSERT_TRUE(waiting.add(make(ticket)));
    EXPECT_EQ(tickets(waiting.next()), numbers{ticket});
  }
  for (const std::uint64_t ticket : {3U, 4U, 5U})
    ASSERT_TRUE(waiting.add(make(ticket)));
  EXPECT_TRUE(waiting.next().empty()); // both threads search
  waiting.finish();
  EXPECT_EQ(tickets(waiting.next()), (numbers{3, 4, 5}));
  EXPECT_TRUE(waiting.next().empty());
}

TEST_F(search_batches_test, only_what_asks_the_same_goes_together_and_the_rest_keeps_its_order) {
  search_batches waiting(1, 20);
  ASSERT_TRUE(waiting.add(make(1)));
  static_cast<void>(waiting.next());
  auto other_k = make(3), other_kind = make(4), other_lowest = make(5), other_partitions = make(6), near_k = make(8);
  other_k.request.k = 100;
  other_kind.request.kind = core::reference_kind::user;
  other_lowest.request.lowest_cosine = 0.5F;
  other_partitions.request.partitions = {0};
  near_k.request.k = 15; // as 10 is
  for (auto& one : {make(2), other_k, other_kind, other_lowest, other_partitions, make(7), near_k})
    ASSERT_TRUE(waiting.add(one));
  for (const auto& wanted : {numbers{2, 7, 8}, numbers{3}, numbers{4}, numbers{5}, numbers{6}}) {
    waiting.finish();
    EXPECT_EQ(tickets(waiting.next()), wanted);
  }
}

TEST_F(search_batches_test, both_the_queue_and_a_pass_are_bounded) {
  search_batches waiting(1, 4);
  ASSERT_TRUE(waiting.add(make(1)));
  static_cast<void>(waiting.next());
  for (const std::uint64_t ticket : {2U, 3U, 4U, 5U})
    ASSERT_TRUE(waiting.add(make(ticket, ticket == 3 ? 40 : 16)));
  EXPECT_FALSE(waiting.add(make(6)));
  for (const auto& wanted : {numbers{2, 4}, numbers{3}, numbers{5}}) {
    waiting.finish();
    EXPECT_EQ(tickets(waiting.next()), wanted);
  }
}

TEST_F(search_batches_test, each_gets_the_answer_that_it_would_get_alone) {
  shard::gallery held(shard::coded_indexes());
  for (std::uint32_t partition = 0; partition < 2; ++partition) {
    core::mutation_batch added{collection_, partition, {}};
    for (std::uint64_t seq = 1; seq <= 300; ++seq)
      added.mutations.push_back({seq, core::reference_kind::face, random_.id(), random_.embedding(dimension)});
    ASSERT_TRUE(held.apply(added));
  }
  search_batch batch;
  for (const std::size_t probes : {1U, 3U, 2U}) {
    batch.push_back(make(batch.size() + 1, probes));
    batch.back().request.k = 8 + probes;
    batch.back().unanswered = {static_cast<std::uint32_t>(5 + probes)};
  }
  batch[1].is_current = false;
  const auto parts = split(batch, held.search(combine(batch)));
  ASSERT_EQ(parts.size(), batch.size());
  for (std::size_t at = 0; at < batch.size(); ++at) {
    EXPECT_EQ(parts[at].first, batch[at].ticket);
    ASSERT_TRUE(parts[at].second);
    const auto& got = *parts[at].second;
    const auto alone = held.search(batch[at].request);
    ASSERT_TRUE(alone);
    EXPECT_EQ(got.rows, alone->rows);
    ASSERT_EQ(got.partitions.size(), 3U);
    EXPECT_EQ(got.partitions[1].references, alone->partitions[1].references);
    EXPECT_EQ(got.partitions[0].is_current, at != 1);
    EXPECT_EQ(got.partitions[2].partition, batch[at].unanswered[0]);
    EXPECT_FALSE(got.partitions[2].has_answered);
  }
}

TEST_F(search_batches_test, an_error_is_everybodys) {
  const search_batch batch{make(1), make(2)};
  const auto parts = split(batch, core::fail(core::error_code::over_budget, "no memory"));
  ASSERT_EQ(parts.size(), 2U);
  EXPECT_EQ(parts[1].second.failure().code, core::error_code::over_budget);
}

} // namespace
} // namespace rollcall::actors
