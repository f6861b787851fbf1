#include "vision/non_maximum.hpp"

#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

TEST(overlap, is_the_share_of_the_union) {
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {0, 0, 10, 10}), 1);
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {5, 0, 10, 10}), 50.0F / 150);
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 10, 10}, {10, 0, 10, 10}), 0);
  EXPECT_FLOAT_EQ(overlap_of({0, 0, 0, 0}, {0, 0, 10, 10}), 0);
}

TEST(containment, is_one_for_a_box_within_another) {
  EXPECT_FLOAT_EQ(containment_of({0, 0, 100, 100}, {10, 10, 5, 5}), 1);
  EXPECT_FLOAT_EQ(containment_of({10, 10, 5, 5}, {0, 0, 100, 100}), 1);
}

TEST(suppress, keeps_the_strongest_of_each_face_in_order_of_score) {
  const auto kept = suppress({{{0, 0, 10, 10}, 0.7F}, {{1, 0, 10, 10}, 0.9F}, {{50, 0, 10, 10}, 0.8F}}, 0.4F, 0.7F);
  ASSERT_EQ(kept.size(), 2U);
  EXPECT_FLOAT_EQ(kept[0].score, 0.9F);
  EXPECT_FLOAT_EQ(kept[1].score, 0.8F);
}

TEST(suppress, drops_a_weaker_fragment_within_a_face) {
  EXPECT_EQ(suppress({{{0, 0, 100, 100}, 0.9F}, {{20, 20, 20, 20}, 0.8F}}, 0.4F, 0.7F).size(), 1U);
}

TEST(suppress, keeps_neighbours_that_touch) {
  EXPECT_EQ(suppress({{{0, 0, 10, 10}, 0.9F}, {{7, 0, 10, 10}, 0.8F}}, 0.4F, 0.7F).size(), 2U);
}

TEST(suppress, does_not_depend_on_the_order_of_ties) {
  const detection a{{0, 0, 10, 10}, 0.9F};
  const detection b{{2, 0, 10, 10}, 0.9F};
  EXPECT_FLOAT_EQ(suppress({a, b}, 0.4F, 0.7F).front().box.left, 0);
  EXPECT_FLOAT_EQ(suppress({b, a}, 0.4F, 0.7F).front().box.left, 0);
}

} // namespace
} // namespace rollcall::vision
