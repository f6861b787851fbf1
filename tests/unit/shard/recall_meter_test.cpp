// What approximate searches find is measured, and a gallery comes to have lists once one was asked for.
#include "shard/lists/recall_meter.hpp"

#include "shard/coded_index.hpp"
#include "shard/gallery.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

namespace rollcall::shard {
namespace {

constexpr std::size_t dimension = 64;

search_request request(core::collection_key of, std::vector<float> probe, float recall_floor) {
  search_request made{.request = {},
                      .collection = of,
                      .partitions = {0},
                      .probes = std::move(probe),
                      .dimension = dimension,
                      .recall_floor = recall_floor,
                      .until = core::deadline::in(std::chrono::seconds{30})};
  made.k = 3;
  return made;
}

search_answer answer(exactness exact, std::vector<hit> row) {
  search_answer made;
  made.rows.push_back(std::move(row));
  made.partitions.push_back({.partition = 0, .has_answered = true, .exact = exact, .seq = 7});
  return made;
}

TEST(recall_meter, keeps_one_approximate_search_of_many_and_no_more_than_it_has_room_for) {
  testing::random_references random{5};
  const auto asked = request({random.id()}, random.embedding(dimension), 0.9F);
  const std::vector<hit> row{{random.id(), 0.5F}};
  recall_meter meter;
  meter.offer(asked, answer(exactness::proved, row));
  EXPECT_FALSE(meter.take());
  for (std::uint64_t i = 0; i < 100 * recall_meter::one_in; ++i)
    meter.offer(asked, answer(exactness::approximate, row));
  int kept = 0;
  while (const auto sample = meter.take()) {
    EXPECT_EQ(sample->found, row);
    EXPECT_EQ(sample->seqs, std::vector<std::uint64_t>{7});
    EXPECT_EQ(sample->request.recall_floor, proved_recall);
    ++kept;
  }
  EXPECT_EQ(kept, 16);
}

TEST(recall_meter, gives_the_share_and_where_it_lies) {
  testing::random_references random{5};
  recall_meter meter;
  EXPECT_EQ(meter.estimate().searches, 0U);
  EXPECT_EQ(meter.estimate().low, 0);
  EXPECT_EQ(meter.estimate().high, 1);
  const hit nearest{random.id(), 0.5F};
  for (int i = 0; i < 100; ++i)
    meter.count(nearest, i < 95 ? std::vector{nearest} : std::vector<hit>{});
  const auto known = meter.estimate();
  EXPECT_EQ(known.searches, 100U);
  EXPECT_NEAR(known.share, 0.95, 1e-9);
  EXPECT_NEAR(known.low, 0.8883, 1e-4); // by Wilson's formula, computed elsewhere
  EXPECT_NEAR(known.high, 0.9785, 1e-4);
}

class gallery_lists_test : public ::testing::Test {
protected:
  static index_factory indexes() {
    coded_index_limits limits;
    limits.train_from = 1'024;
    limits.lists_from = 2'048;
    return coded_indexes(limits);
  }
  void SetUp() override {
    core::mutation_batch batch{key_, 0, {}};
    for (std::uint64_t seq = 1; seq <= 8'192; ++seq)
      batch.mutations.push_back(
          {seq, core::reference_kind::face, random_.id(), random_.embedding_within(16, dimension)});
    ASSERT_TRUE(held_.apply(batch));
    keep_up();
  }
  void keep_up() {
    while (held_.upkeep()) {
    }
  }
  search_answer search(float recall_floor) {
    auto found = held_.search(request(key_, random_.embedding_within(16, dimension), recall_floor));
    EXPECT_TRUE(found);
    return found ? *std::move(found) : search_answer{};
  }

  testing::random_references random_{9};
  core::collection_key key_{random_.id()};
  gallery held_{indexes()};
};

TEST_F(gallery_lists_test, makes_lists_once_they_are_asked_for_and_learns_how_far_to_look) {
  EXPECT_EQ(search(proved_recall).partitions[0].exact, exactness::proved);
  EXPECT_FALSE(held_.upkeep());
  EXPECT_EQ(search(0.9F).partitions[0].exact, exactness::proved);
  keep_up();
  EXPECT_EQ(search(0.9F).partitions[0].exact, exactness::approximate);
  EXPECT_EQ(search(proved_recall).partitions[0].exact, exactness::proved);
}

TEST_F(gallery_lists_test, measures_what_its_searches_find) {
  (void)search(0.9F);
  keep_up();
  for (std::uint64_t i = 0; i < 40 * recall_meter::one_in; ++i) {
    (void)search(0.9F);
    (void)held_.measure_recall();
  }
  const auto known = held_.recall();
  EXPECT_EQ(known.searches, 40U);
  EXPECT_GE(known.high, 0.9);
  EXPECT_LE(known.low, known.share);
}

// Else what was enrolled meanwhile would count as missed.
TEST_F(gallery_lists_test, leaves_out_searches_of_what_has_changed_since) {
  (void)search(0.9F);
  keep_up();
  (void)search(0.9F);
  ASSERT_TRUE(
      held_.apply({key_, 0, {{8'193, core::reference_kind::face, random_.id(), random_.embedding(dimension)}}}));
  EXPECT_TRUE(held_.measure_recall());
  EXPECT_EQ(held_.recall().searches, 0U);
}

} // namespace
} // namespace rollcall::shard
