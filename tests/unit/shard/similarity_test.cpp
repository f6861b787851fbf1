#include "shard/codes/similarity.hpp"

#include "shard/memory/aligned_floats.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <cstring>
#include <numeric>

namespace rollcall::shard {
namespace {

// The definition in the header, written out once more in the plainest way.
float by_definition(std::span<const float> a, std::span<const float> b) {
  volatile float lanes[16] = {};
  for (std::size_t i = 0; i < a.size(); ++i) {
    volatile const float product = a[i] * b[i];
    lanes[i % 16] = lanes[i % 16] + product;
  }
  for (int half = 8; half > 0; half /= 2)
    for (int lane = 0; lane < half; ++lane)
      lanes[lane] = lanes[lane] + lanes[lane + half];
  return lanes[0];
}

bool same_bits(float a, float b) {
  return std::memcmp(&a, &b, sizeof(float)) == 0;
}

struct padded_rows {
  std::vector<std::vector<float>> values;
  aligned_floats data;
  row_block block;

  padded_rows(testing::random_references& random, std::size_t count, std::size_t dimension)
      : data(make_aligned_floats(count * padded(dimension))), block{data.get(), count, padded(dimension)} {
    for (std::size_t r = 0; r < count; ++r) {
      values.push_back(random.embedding(dimension));
      std::copy(values[r].begin(), values[r].end(), data.get() + r * padded(dimension));
    }
  }
};

TEST(similarity, every_kernel_gives_the_same_bits_as_the_definition) {
  testing::random_references random(1);
  const std::size_t dimensions[] = {1, 2, 15, 16, 17, 31, 33, 63, 100, 128, 129, 255, 511, 512, 513};
  const std::size_t counts[] = {1, 2, 3, 4, 5, 7, 9};
  for (const auto dimension : dimensions)
    for (const auto count : counts) {
      const padded_rows rows(random, count, dimension);
      const padded_rows probes(random, 1 + random.below(9), dimension);
      for (const auto which : available_kernels()) {
        std::vector<float> sums(count * probes.block.count, 7);
        dot_block(rows.block, probes.block, sums, which);
        for (std::size_t p = 0; p < probes.block.count; ++p)
          for (std::size_t r = 0; r < count; ++r) {
            const auto expected = by_definition(rows.values[r], probes.values[p]);
            ASSERT_TRUE(same_bits(sums[p * count + r], expected))
                << "kernel " << static_cast<int>(which) << ", dimension " << dimension << ", row " << r << " of "
                << count << ", probe " << p;
            ASSERT_TRUE(same_bits(dot(rows.values[r], probes.values[p]), expected));
          }
      }
    }
}

TEST(similarity, is_the_cosine_of_unit_vectors) {
  testing::random_references random(2);
  for (int run = 0; run < 100; ++run) {
    const auto face = random.embedding(512);
    EXPECT_NEAR(dot(face, face), 1, 1e-6);
    EXPECT_NEAR(dot(face, random.near(face, 0.6F)), 0.6, 0.1);
  }
}

TEST(similarity, does_not_depend_on_the_order_of_its_arguments) {
  testing::random_references random(3);
  const auto a = random.embedding(77);
  const auto b = random.embedding(77);
  EXPECT_TRUE(same_bits(dot(a, b), dot(b, a)));
}

TEST(similarity, rounds_products_before_it_adds_them) {
  // (1 + 2^-12)² = 1 + 2^-11 + 2^-24: the last term is lost when the product is rounded, and kept by a fused
  // multiply-add, where it tips the sum.
  const float just_above = 1.0F + 0x1p-12F;
  std::vector<float> a(17, 0.0F);
  std::vector<float> b(17, 0.0F);
  a[0] = -1.0F - 0x1p-11F;
  b[0] = 1.0F;
  a[16] = just_above; // the same lane as element 0
  b[16] = just_above;
  EXPECT_EQ(dot(a, b), 0.0F);
  auto rows = make_aligned_floats(32);
  auto probes = make_aligned_floats(32);
  std::copy(a.begin(), a.end(), rows.get());
  std::copy(b.begin(), b.end(), probes.get());
  for (const auto which : available_kernels()) {
    float sum = 7;
    dot_block({rows.get(), 1, 32}, {probes.get(), 1, 32}, {&sum, 1}, which);
    EXPECT_EQ(sum, 0.0F) << "kernel " << static_cast<int>(which);
  }
}

TEST(similarity, runs_at_least_the_baseline) {
  const auto kernels = available_kernels();
  ASSERT_FALSE(kernels.empty());
  EXPECT_EQ(kernels.front(), kernel::baseline);
  EXPECT_EQ(kernels.back(), best_kernel());
}

} // namespace
} // namespace rollcall::shard
