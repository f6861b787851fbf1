#include "shard/merge.hpp"

#include "shard/top_k.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace rollcall::shard {
namespace {

hit make_hit(std::uint8_t id, float cosine) {
  hit made;
  made.id.value[15] = id;
  made.cosine = cosine;
  return made;
}

std::vector<hit> sorted(std::vector<hit> hits, std::size_t k) {
  std::sort(hits.begin(), hits.end(), is_nearer);
  hits.resize(std::min(k, hits.size()));
  return hits;
}

// Few distinct cosines, so that ties are everywhere.
std::vector<hit> many_ties(testing::random_references& random, std::size_t count) {
  std::vector<hit> made;
  for (std::size_t i = 0; i < count; ++i)
    made.push_back({random.id(), static_cast<float>(random.below(5)) / 10});
  return made;
}

TEST(top_k, keeps_the_nearest_whatever_the_order) {
  testing::random_references random(11);
  for (std::size_t k = 1; k < 20; ++k) {
    const auto hits = many_ties(random, 50);
    top_k forwards(k, -2);
    top_k backwards(k, -2);
    std::for_each(hits.begin(), hits.end(), [&](const hit& one) { forwards.push(one); });
    std::for_each(hits.rbegin(), hits.rend(), [&](const hit& one) { backwards.push(one); });
    EXPECT_EQ(forwards.take(), sorted(hits, k));
    EXPECT_EQ(backwards.take(), sorted(hits, k));
  }
}

TEST(top_k, admits_a_tie_since_its_id_may_win) {
  top_k best(1, -2);
  best.push(make_hit(5, 0.5F));
  EXPECT_TRUE(best.admits(0.5F));
  EXPECT_FALSE(best.admits(0.4999F));
  best.push(make_hit(6, 0.5F));
  best.push(make_hit(4, 0.5F));
  EXPECT_EQ(best.take(), std::vector{make_hit(4, 0.5F)});
}

TEST(top_k, lowest_cosine_is_inclusive) {
  top_k best(10, 0.5F);
  best.push(make_hit(1, 0.5F));
  best.push(make_hit(2, std::nextafter(0.5F, 0.0F)));
  EXPECT_EQ(best.take(), std::vector{make_hit(1, 0.5F)});
}

TEST(merge, equals_sorting_everything_together) {
  testing::random_references random(12);
  for (std::size_t parts = 1; parts < 8; ++parts)
    for (const std::size_t k : {1U, 3U, 10U, 1'000U}) {
      std::vector<hit_rows> rows(parts);
      std::vector<std::vector<hit>> all(2);
      for (auto& part : rows)
        for (auto& expected : all) {
          auto hits = many_ties(random, random.below(20));
          expected.insert(expected.end(), hits.begin(), hits.end());
          part.push_back(sorted(hits, hits.size()));
        }
      const auto merged = merge_hits(rows, k);
      ASSERT_TRUE(merged);
      ASSERT_EQ(merged->size(), 2U);
      for (std::size_t probe = 0; probe < 2; ++probe)
        EXPECT_EQ((*merged)[probe], sorted(all[probe], k));
    }
}

TEST(merge, takes_a_hit_of_two_replicas_once) {
  const hit_rows part{{make_hit(1, 0.9F), make_hit(2, 0.8F)}};
  const std::vector<hit_rows> parts{part, part};
  const auto merged = merge_hits(parts, 10);
  ASSERT_TRUE(merged);
  EXPECT_EQ(*merged, part);
}

TEST(merge, refuses_parts_of_different_shape) {
  const std::vector<hit_rows> parts{hit_rows(2), hit_rows(3)};
  const auto merged = merge_hits(parts, 10);
  ASSERT_FALSE(merged);
  EXPECT_EQ(merged.failure().code, core::error_code::invalid_argument);
  EXPECT_FALSE(merge_hits({}, 0));
}

} // namespace
} // namespace rollcall::shard
