#include "core/similarity_curve.hpp"

#include <gtest/gtest.h>

using namespace rollcall::core;

namespace {

similarity_curve sample() {
  return *similarity_curve::make({{-0.2F, 0}, {0.3F, 80}, {0.45F, 99}, {1, 100}});
}

} // namespace

TEST(similarity_curve, passes_through_its_knots_and_is_constant_outside) {
  const auto curve = sample();
  EXPECT_FLOAT_EQ(curve.similarity(0.3F), 80);
  EXPECT_FLOAT_EQ(curve.similarity(0.45F), 99);
  EXPECT_FLOAT_EQ(curve.similarity(-1), 0);
  EXPECT_FLOAT_EQ(curve.similarity(1), 100);
  EXPECT_FLOAT_EQ(curve.similarity(1.5F), 100);
}

TEST(similarity_curve, ascends_everywhere) {
  const auto curve = sample();
  for (float cosine = -1; cosine < 1; cosine += 0.001F)
    EXPECT_LE(curve.similarity(cosine), curve.similarity(cosine + 0.001F)) << cosine;
}

// What a search cuts at must never lose a face that the threshold admits.
TEST(similarity_curve, cut_loses_nothing_that_the_threshold_admits) {
  const auto curve = sample();
  for (float threshold = 0; threshold <= 100; threshold += 0.25F) {
    const float cut = curve.lowest_cosine(threshold);
    for (float cosine = -1; cosine <= 1; cosine += 0.0007F)
      if (curve.similarity(cosine) >= threshold) {
        EXPECT_GE(cosine, cut) << threshold;
      }
  }
  EXPECT_LE(curve.lowest_cosine(0), -1);
}

TEST(similarity_curve, refuses_knots_that_do_not_make_a_curve) {
  EXPECT_FALSE(similarity_curve::make({}));
  EXPECT_FALSE(similarity_curve::make({{0, 0}}));
  EXPECT_FALSE(similarity_curve::make({{0, 0}, {0, 100}}));
  EXPECT_FALSE(similarity_curve::make({{0, 0}, {0.5F, 40}, {0.6F, 40}, {1, 100}}));
  EXPECT_FALSE(similarity_curve::make({{0, 1}, {1, 100}}));
  EXPECT_FALSE(similarity_curve::make({{0, 0}, {1, 99}}));
}
