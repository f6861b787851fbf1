#include "store/checks.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rollcall::store {

namespace {

TEST(normalised_mean, has_length_one_and_the_mean_direction) {
  const std::vector<std::vector<float>> two{{1, 0}, {0, 1}};
  const auto mean = normalised_mean(two);
  EXPECT_FLOAT_EQ(mean[0], std::sqrt(0.5F));
  EXPECT_FLOAT_EQ(mean[1], std::sqrt(0.5F));
}

TEST(normalised_mean, of_one_normalised_vector_is_that_vector) {
  const std::vector<std::vector<float>> one{{0.6F, -0.8F}};
  const auto mean = normalised_mean(one);
  EXPECT_FLOAT_EQ(mean[0], 0.6F);
  EXPECT_FLOAT_EQ(mean[1], -0.8F);
}

TEST(normalised_mean, is_zero_where_they_cancel_out) {
  const std::vector<std::vector<float>> opposite{{1, 0}, {-1, 0}};
  EXPECT_EQ(normalised_mean(opposite), (std::vector<float>{0, 0}));
}

TEST(cosine, of_normalised_vectors_is_their_product) {
  const std::vector<float> a{0.6F, 0.8F};
  const std::vector<float> b{0.8F, -0.6F};
  EXPECT_FLOAT_EQ(cosine(a, a), 1);
  EXPECT_NEAR(cosine(a, b), 0, 1e-7);
}

TEST(without_repetitions, keeps_first_places) {
  core::face_id a{core::random_uuid()};
  core::face_id b{core::random_uuid()};
  const std::vector<core::face_id> ids{b, a, b, a, a};
  EXPECT_EQ(without_repetitions(ids), (std::vector<core::face_id>{b, a}));
  EXPECT_TRUE(without_repetitions({}).empty());
}

} // namespace

} // namespace rollcall::store
