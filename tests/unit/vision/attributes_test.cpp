#include "vision/attributes.hpp"

#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

float value_of(const std::array<std::array<float, 3>, 9>& numbers) {
  std::array<std::span<const float>, 9> outputs;
  for (std::size_t i = 0; i < outputs.size(); ++i)
    outputs[i] = i / 3 == 1 ? std::span{numbers[i]}.first(1) : std::span{numbers[i]};
  return stagewise_value(outputs);
}

TEST(stagewise_value, reads_three_digits_to_the_base_three) {
  EXPECT_NEAR(value_of({{{0, 1, 0}, {0, 0, 1}, {1, 0, 0}, {0}, {0}, {0}, {}, {}, {}}}), 1.0 / 3 + 2.0 / 9, 1e-6);
  EXPECT_NEAR(value_of({{{0, 0, 1}, {0, 0, 1}, {0, 0, 1}, {0}, {0}, {0}, {}, {}, {}}}), 26.0 / 27, 1e-6);
}

TEST(stagewise_value, weighs_by_probability_and_shifts_and_scales_bins) {
  EXPECT_NEAR(value_of({{{0.5F, 0, 0.5F}, {1, 0, 0}, {1, 0, 0}, {0}, {0}, {0}, {}, {}, {}}}), 1.0 / 3, 1e-6);
  EXPECT_NEAR(value_of({{{1, 0, 0}, {1, 0, 0}, {1, 0, 0}, {0}, {0}, {0}, {0.3F}, {}, {}}}), 0.1, 1e-6);
  EXPECT_NEAR(value_of({{{0, 1, 0}, {0, 1, 0}, {1, 0, 0}, {1}, {0}, {0}, {}, {}, {}}}), 1.0 / 6 + 1.0 / 18, 1e-6);
}

} // namespace
} // namespace rollcall::vision
