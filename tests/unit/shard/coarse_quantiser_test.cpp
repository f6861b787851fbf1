// Which centre is nearest, by the scan over codes and by arithmetic without it.
#include "shard/lists/coarse_quantiser.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

namespace rollcall::shard {
namespace {

constexpr std::size_t dimension = 64;
using coordinates = std::vector<double>;

class coarse_quantiser_test : public ::testing::Test {
protected:
  void fill(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      embeddings_.push_back(random_.embedding_within(16, dimension));
      rows_.put(i, embeddings_.back());
      const auto code = rows_.fine(i);
      fine_.insert(fine_.end(), code.begin(), code.end());
    }
  }
  coordinates row(std::size_t at) const {
    coordinates made;
    for (const auto level : rows_.fine(at))
      made.push_back((level - 127.5) * fine_levels(*by_).step);
    return made;
  }
  /// What its code says of a centre.
  static coordinates rounded(std::span<const float> centre, even_levels by) {
    std::vector<std::uint8_t> levels(centre.size());
    (void)quantise(centre, by, levels);
    coordinates made;
    for (const auto level : levels)
      made.push_back((level - 7.5) * static_cast<double>(by.step));
    return made;
  }
  static double square_between(const coordinates& a, const coordinates& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
      sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
  }
  std::vector<float> some_centres(std::size_t count) {
    std::vector<float> made;
    for (std::size_t i = 0; i < count; ++i)
      for (const double each : row(random_.below(embeddings_.size())))
        made.push_back(static_cast<float>(each) * 0.6F);
    return made;
  }

  testing::random_references random_{7};
  std::shared_ptr<const transform> by_ = make_mixing_transform(dimension);
  code_tiles rows_{by_};
  std::vector<std::vector<float>> embeddings_;
  std::vector<std::uint8_t> fine_;
};

TEST_F(coarse_quantiser_test, assigns_each_row_to_the_nearest_centre) {
  fill(500);
  for (const std::size_t lists : {1U, 63U, 64U, 65U, 200U}) {
    const auto centres = some_centres(lists);
    const coarse_quantiser quantiser{by_, centres};
    double square = 0;
    for (const float each : centres)
      square += static_cast<double>(each) * each;
    const auto levels = even_levels_for(std::sqrt(square / static_cast<double>(centres.size())));
    std::vector<coordinates> said;
    for (std::size_t list = 0; list < lists; ++list)
      said.push_back(rounded({centres.data() + list * dimension, dimension}, levels));
    const auto places = quantiser.assign(fine_);
    ASSERT_EQ(places.size(), embeddings_.size());
    for (std::size_t at = 0; at < places.size(); ++at) {
      const auto own = row(at);
      double least = square_between(own, said[0]);
      for (const auto& centre : said)
        least = std::min(least, square_between(own, centre));
      ASSERT_LT(places[at].list, lists);
      EXPECT_NEAR(square_between(own, said[places[at].list]), least, 1e-4);
      EXPECT_NEAR(places[at].square, least, 1e-4);
    }
  }
}

TEST_F(coarse_quantiser_test, a_probe_s_nearest_centres_come_first) {
  fill(300);
  const auto quantiser = train_quantiser(by_, fine_, 70);
  ASSERT_NE(quantiser, nullptr);
  ASSERT_EQ(quantiser->lists(), 70U);
  const auto places = quantiser->assign(fine_);
  std::size_t first = 0;
  std::vector<std::uint32_t> nearest;
  for (std::size_t at = 0; at < embeddings_.size(); ++at) {
    coded_probe probe;
    code_probe(rows_.by(), embeddings_[at], rows_.longest(), probe);
    quantiser->nearest(probe, 70, nearest);
    for (std::size_t place = 0; place < nearest.size(); ++place)
      ASSERT_EQ(quantiser->rank(probe, nearest[place]), place);
    first += nearest.front() == places[at].list ? 1 : 0; // the probe is the row, but for both roundings
  }
  EXPECT_GE(first, embeddings_.size() * 95 / 100);
}

TEST_F(coarse_quantiser_test, training_leaves_no_list_far_larger_than_the_others) {
  fill(2'000);
  const auto quantiser = train_quantiser(by_, fine_, 64);
  ASSERT_NE(quantiser, nullptr);
  std::map<std::uint32_t, std::size_t> sizes;
  double square = 0;
  for (const auto& place : quantiser->assign(fine_)) {
    ++sizes[place.list];
    square += static_cast<double>(place.square);
  }
  EXPECT_GE(sizes.size(), 60U);
  double whole = 0;
  for (std::size_t at = 0; at < embeddings_.size(); ++at)
    whole += square_between(row(at), coordinates(dimension, 0.0));
  EXPECT_LT(square, 0.9 * whole);
}

} // namespace
} // namespace rollcall::shard
