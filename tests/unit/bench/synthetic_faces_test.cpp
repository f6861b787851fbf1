// Synthetic faces look like photographs' embeddings: the quantiles of their cosines are those of 2,165 photographs of
// Labeled Faces in the Wild by the default model (values below), within 0.03.
#include "bench/synthetic_faces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace rollcall::bench {
namespace {

constexpr auto dimension = synthetic_faces::dimension;

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
  float sum = 0;
  for (std::size_t i = 0; i < dimension; ++i)
    sum += a[i] * b[i];
  return sum;
}

std::vector<float> photograph(synthetic_faces& by, const std::vector<float>& person) {
  std::vector<float> made(dimension);
  by.photograph(person, made);
  return made;
}

void expect_quantiles(std::vector<float> cosines, const std::vector<std::pair<double, double>>& expected) {
  std::sort(cosines.begin(), cosines.end());
  for (const auto& [share, value] : expected)
    EXPECT_NEAR(cosines[static_cast<std::size_t>(share * static_cast<double>(cosines.size()))], value, 0.03) << share;
}

TEST(synthetic_faces, spread_as_photographs_do) {
  synthetic_faces faces(1);
  std::vector<std::vector<float>> enrolled;
  std::vector<float> mated;
  for (int i = 0; i < 2'500; ++i) {
    const auto person = faces.identity();
    enrolled.push_back(photograph(faces, person));
    mated.push_back(cosine(enrolled.back(), photograph(faces, person)));
  }
  std::vector<float> others;
  for (std::size_t a = 0; a < enrolled.size(); ++a)
    for (std::size_t b = a + 1; b < std::min(enrolled.size(), a + 200); ++b)
      others.push_back(cosine(enrolled[a], enrolled[b]));
  expect_quantiles(
      others,
      {{0.01, -0.214}, {0.1, -0.115}, {0.5, 0.005}, {0.9, 0.129}, {0.99, 0.243}, {0.999, 0.335}, {0.9999, 0.410}});
  expect_quantiles(mated, {{0.05, 0.478}, {0.25, 0.623}, {0.5, 0.702}, {0.75, 0.773}, {0.9, 0.829}});
}

TEST(synthetic_faces, are_the_same_for_a_seed_and_of_length_one) {
  synthetic_faces first(7);
  synthetic_faces second(7);
  synthetic_faces other(8);
  const auto face = photograph(first, first.identity());
  EXPECT_EQ(face, photograph(second, second.identity()));
  EXPECT_NE(face, photograph(other, other.identity()));
  EXPECT_NEAR(cosine(face, face), 1, 1e-5);
}

} // namespace
} // namespace rollcall::bench
