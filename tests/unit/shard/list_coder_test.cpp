// What codes of lists say of their rows, and what it costs that they leave coordinates out.
#include "shard/lists/list_coder.hpp"

#include "shard/codes/code_tiles.hpp"
#include "shard/codes/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace rollcall::shard {
namespace {

constexpr std::size_t dimension = 64;

class list_coder_test : public ::testing::Test {
protected:
  /// References of length `length` that lie within the first `inner` dimensions, or anywhere.
  void fill(std::size_t count, std::size_t inner, float length = 1) {
    for (std::size_t i = 0; i < count; ++i) {
      auto made = inner < dimension ? random_.embedding_within(inner, dimension) : random_.embedding(dimension);
      for (auto& each : made)
        each *= length;
      embeddings_.push_back(std::move(made));
      rows_.put(i, embeddings_.back());
      const auto code = rows_.fine(i);
      fine_.insert(fine_.end(), code.begin(), code.end());
      losses_.push_back(rows_.fine_loss(i));
    }
  }
  /// About the cosine of `probe` and row `at`, by `codes`.
  static cosine_bound bound(const list_coder& coder, const list_coder::codes& codes, std::size_t at,
                            std::span<const float> probe) {
    coded_probe coded;
    coder.code(probe, 2, coded);
    int sum = 0;
    for (std::size_t i = 0; i < codes.coordinates; ++i)
      sum += codes.row(at)[i] * coded.values[i];
    const float estimate = coded.coarse.base + coded.coarse.per_sum * static_cast<float>(sum);
    return {estimate, estimate + coded.per_loss * static_cast<float>(codes.losses[at]) + coded.slack};
  }

  testing::random_references random_{11};
  std::shared_ptr<const transform> by_ = make_mixing_transform(dimension);
  code_tiles rows_{by_};
  std::vector<std::vector<float>> embeddings_;
  std::vector<std::uint8_t> fine_;
  std::vector<std::uint8_t> losses_; ///< of fine_
};

TEST_F(list_coder_test, keeps_the_coordinates_that_say_most) {
  fill(1'000, 13);
  const list_coder coder(by_, fine_);
  EXPECT_EQ(coder.by()->from(), dimension);
  EXPECT_EQ(coder.by()->to(), 16U);
  const auto codes = coder.code(fine_, losses_);
  ASSERT_EQ(codes.coordinates, 16U);
  ASSERT_EQ(codes.losses.size(), embeddings_.size());
  constexpr float of_fine_codes = 0.02F; // which the rows are known by
  double missed = 0;
  for (int i = 0; i < 100; ++i) {
    const auto probe = random_.embedding_within(13, dimension);
    for (std::size_t row = 0; row < embeddings_.size(); row += 7) {
      const auto said = bound(coder, codes, row, probe);
      const auto cosine = dot(embeddings_[row], probe);
      ASSERT_LE(cosine, said.highest + of_fine_codes);
      missed += std::abs(cosine - said.estimate);
    }
  }
  constexpr double of_two_bits = 0.345 / 4; // standard deviation: what they lose of a length, by 16 coordinates
  EXPECT_LT(missed / (100 * 143), 0.798 * of_two_bits);
}

TEST_F(list_coder_test, codes_a_row_alone_as_among_others) {
  fill(1'000, 13);
  const list_coder coder(by_, fine_);
  const auto all = coder.code(fine_, losses_);
  for (std::size_t row = 0; row < embeddings_.size(); row += 97) {
    const auto alone = coder.code(rows_.fine(row), {&losses_[row], 1});
    EXPECT_TRUE(std::ranges::equal(alone.row(0), all.row(row)));
    EXPECT_EQ(alone.losses.at(0), all.losses[row]);
  }
}

TEST_F(list_coder_test, keeps_all_where_none_says_little) {
  fill(1'000, dimension);
  const list_coder coder(by_, fine_);
  EXPECT_EQ(coder.by(), by_);
  const auto codes = coder.code(fine_, losses_);
  const auto probe = random_.embedding(dimension);
  for (std::size_t row = 0; row < embeddings_.size(); row += 7)
    EXPECT_NEAR(bound(coder, codes, row, probe).estimate, dot(embeddings_[row], probe), 0.1);
}

TEST_F(list_coder_test, leaves_a_row_in_question_that_its_codes_do_not_say) {
  fill(1'000, 13);
  const list_coder coder(by_, fine_);
  losses_.front() = any_loss;
  EXPECT_EQ(coder.code(fine_, losses_).losses.front(), any_loss);
  fine_.clear();
  losses_.clear();
  fill(1, dimension, 9);
  EXPECT_EQ(coder.code(fine_, losses_).losses.front(), any_loss);
}

} // namespace
} // namespace rollcall::shard
