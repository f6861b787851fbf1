#include "shard/codes/quantise.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace rollcall::shard {
namespace {

// By definition, one by one, in double.
TEST(quantise, gives_the_nearest_level_and_what_is_lost) {
  testing::random_references random(3);
  for (const std::size_t size : {8U, 128U, 136U, 512U, 4'096U})
    for (const int count : {2, 16, 256}) {
      const float step = 0.31F / static_cast<float>(std::sqrt(size)) * 16 / static_cast<float>(count);
      const auto coordinates = random.embedding(size);
      std::vector<std::uint8_t> levels(size);
      const auto got = quantise(coordinates, {count, step}, levels);
      double missed = 0;
      double said = 0;
      double whole = 0;
      for (std::size_t i = 0; i < size; ++i) {
        const auto value = [&](int level) { return (level - (count - 1) / 2.0) * step; };
        const double off = std::abs(coordinates[i] - value(levels[i]));
        ASSERT_LT(levels[i], count);
        for (const int other : {levels[i] - 1, levels[i] + 1})
          ASSERT_TRUE(other < 0 || other >= count || std::abs(coordinates[i] - value(other)) > off * (1 - 1e-5));
        missed += off * off;
        said += value(levels[i]) * value(levels[i]);
        whole += static_cast<double>(coordinates[i]) * coordinates[i];
      }
      EXPECT_NEAR(got.missed, missed, 1e-5 * missed + 1e-12);
      EXPECT_NEAR(got.said, said, 2e-6 * said);
      EXPECT_NEAR(got.whole, whole, 2e-6 * whole);
    }
}

TEST(quantise, squares_hold_for_any_size) {
  testing::random_references random(4);
  for (const std::size_t size : {1U, 7U, 8U, 127U, 128U, 129U, 513U, 20'000U}) {
    const auto x = random.embedding(size);
    const auto m = random.embedding(size);
    double square = 0;
    double between = 0;
    for (std::size_t i = 0; i < size; ++i) {
      square += static_cast<double>(x[i]) * x[i];
      between += (static_cast<double>(x[i]) - m[i]) * (static_cast<double>(x[i]) - m[i]);
    }
    EXPECT_NEAR(square_of(x), square, 2e-6 * square);
    EXPECT_NEAR(square_between(x, m), between, 2e-6 * between + 1e-12);
  }
}

} // namespace
} // namespace rollcall::shard
