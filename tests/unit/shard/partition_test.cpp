#include "shard/partition.hpp"

#include "shard/coded_index.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace rollcall::shard {
namespace {

using core::error_code;
using core::mutation;
using core::reference_kind;

class partition_test : public ::testing::Test {
protected:
  testing::random_references random_{21};
  partition held_{coded_indexes()};

  mutation put(std::uint64_t seq, const core::uuid& id, reference_kind kind = reference_kind::face) {
    return {seq, kind, id, random_.embedding(8)};
  }
  static mutation removal(std::uint64_t seq, const core::uuid& id, reference_kind kind = reference_kind::face) {
    return {seq, kind, id, {}};
  }
  core::status apply(std::vector<mutation> mutations) { return held_.apply(mutations); }
};

TEST_F(partition_test, applies_in_order_and_knows_its_place) {
  const auto a = random_.id();
  const auto b = random_.id();
  ASSERT_TRUE(apply({put(1, a), put(2, b), removal(3, a)}));
  EXPECT_EQ(held_.seq(), 3U);
  EXPECT_EQ(held_.size(reference_kind::face), 1U);
  EXPECT_EQ(held_.head(), held_.seq());
}

TEST_F(partition_test, repeating_a_batch_has_no_effect) {
  const auto a = random_.id();
  const std::vector batch{put(1, a), removal(2, a), put(3, random_.id())};
  ASSERT_TRUE(held_.apply(batch));
  ASSERT_TRUE(held_.apply(batch));
  ASSERT_TRUE(apply({batch[0]})); // an old insertion does not resurrect what was removed since
  EXPECT_EQ(held_.seq(), 3U);
  EXPECT_EQ(held_.size(reference_kind::face), 1U);
}

TEST_F(partition_test, a_gap_stops_it_before_the_hole) {
  const auto failed = apply({put(1, random_.id()), put(3, random_.id())});
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.failure().code, error_code::gap);
  EXPECT_EQ(held_.seq(), 1U);
  EXPECT_EQ(held_.head(), 3U);
  ASSERT_TRUE(apply({put(2, random_.id()), put(3, random_.id())}));
  EXPECT_EQ(held_.head(), held_.seq());
}

TEST_F(partition_test, faces_and_users_are_apart) {
  const auto id = random_.id();
  ASSERT_TRUE(apply({put(1, id), put(2, id, reference_kind::user), removal(3, id)}));
  EXPECT_EQ(held_.size(reference_kind::face), 0U);
  EXPECT_EQ(held_.size(reference_kind::user), 1U);
}

TEST_F(partition_test, loaded_references_and_replayed_mutations_agree) {
  const auto kept = random_.id();
  const auto gone = random_.id();
  // The listing was read when 4 was the head, but the load only claims 2.
  const auto newer = put(4, kept);
  held_.begin_load();
  EXPECT_TRUE(held_.is_loading());
  held_.load(std::vector<core::reference>{{reference_kind::face, kept, newer.embedding}});
  held_.load_from(2);
  EXPECT_FALSE(held_.is_loading());
  ASSERT_TRUE(apply({removal(3, gone), newer}));
  EXPECT_EQ(held_.size(reference_kind::face), 1U);
  EXPECT_EQ(held_.seq(), 4U);
}

TEST_F(partition_test, a_reference_that_cannot_be_searched_does_not_stop_it) {
  const auto bad = random_.id();
  auto poisoned = put(2, bad);
  poisoned.embedding[3] = std::numeric_limits<float>::quiet_NaN();
  auto short_one = put(3, random_.id());
  short_one.embedding.pop_back();
  ASSERT_TRUE(apply({put(1, bad), poisoned, short_one, put(4, random_.id())}));
  EXPECT_EQ(held_.seq(), 4U);
  EXPECT_EQ(held_.size(reference_kind::face), 1U); // the older embedding of `bad` went as well
}

TEST_F(partition_test, refuses_probes_of_another_dimension) {
  ASSERT_TRUE(apply({put(1, random_.id())}));
  const auto probes = probe_matrix::make(random_.embedding(9), 9);
  std::vector<top_k> best(1, top_k{1, -2});
  const auto searched = held_.search(reference_kind::face, *probes, proved_recall, best);
  ASSERT_FALSE(searched);
  EXPECT_EQ(searched.failure().code, error_code::model_mismatch);
  // No users yet, so there is nothing to mismatch.
  EXPECT_TRUE(held_.search(reference_kind::user, *probes, proved_recall, best));
}

TEST_F(partition_test, takes_another_dimension_once_it_is_empty) {
  const auto id = random_.id();
  ASSERT_TRUE(apply({put(1, id), removal(2, id)}));
  ASSERT_TRUE(apply({mutation{3, reference_kind::face, id, random_.embedding(16)}}));
  EXPECT_EQ(held_.size(reference_kind::face), 1U);
}

} // namespace
} // namespace rollcall::shard
