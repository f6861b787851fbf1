#include "shard/codes/products.hpp"

#include "shard/memory/aligned_floats.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace rollcall::shard {
namespace {

double product_of(const float* a, const float* b, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i)
    sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

// By definition, in double: any number of rows and probes, so that tiles end everywhere.
TEST(products, are_those_of_all_rows_and_probes) {
  testing::random_references random(7);
  const auto fill = [&](std::size_t count, std::size_t stride) {
    auto made = make_aligned_floats(count * stride);
    for (std::size_t i = 0; i < count; ++i)
      std::ranges::copy(random.embedding(stride), made.get() + i * stride);
    return made;
  };
  for (const std::size_t stride : {16U, 112U, 512U})
    for (const std::size_t rows : {1U, 3U, 4U, 8U, 13U})
      for (const std::size_t probes : {1U, 2U, 3U, 4U, 7U, 13U}) {
        const auto a = fill(rows, stride);
        const auto b = fill(probes, stride);
        for (const auto which : available_product_kernels()) {
          std::vector<float> products(rows * probes + 1, 99);
          multiply({a.get(), rows, stride}, {b.get(), probes, stride}, products, which);
          for (std::size_t p = 0; p < probes; ++p)
            for (std::size_t r = 0; r < rows; ++r)
              ASSERT_NEAR(products[p * rows + r], product_of(a.get() + r * stride, b.get() + p * stride, stride), 1e-6)
                  << stride << " " << rows << " " << probes << " " << static_cast<int>(which);
          EXPECT_EQ(products.back(), 99);
        }
      }
}

} // namespace
} // namespace rollcall::shard
