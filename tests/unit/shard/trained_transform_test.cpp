// A trained transform keeps what matters in fewer coordinates, and codes made by it keep their promise; recoding beside
// searches and changes keeps every answer exact.
#include "shard/codes/trained_transform.hpp"

#include "shard/coded_index.hpp"
#include "shard/codes/principal_transform.hpp"
#include "shard/codes/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace rollcall::shard {
namespace {

coded_probe code(const code_tiles& codes, std::span<const float> probe) {
  coded_probe made;
  code_probe(codes.by(), probe, codes.longest(), made);
  return made;
}

constexpr std::size_t dimension = 64;
constexpr std::size_t inner = 20;

std::vector<float> make_sample(std::size_t count, testing::random_references& random) {
  std::vector<float> sample;
  for (std::size_t i = 0; i < count; ++i) {
    const auto face = random.embedding_within(inner, dimension);
    sample.insert(sample.end(), face.begin(), face.end());
  }
  return sample;
}

TEST(trained_transform, needs_no_more_coordinates_than_the_faces_have) {
  testing::random_references random(1);
  const auto sample = make_sample(1'000, random);
  const auto trained = train_transform(sample, dimension);
  ASSERT_TRUE(trained);
  EXPECT_EQ(trained->from(), dimension);
  EXPECT_EQ(trained->to(), 24U);
  // An inner product is that of the coordinates, the means' share, and next to nothing else.
  std::vector<float> x(trained->to());
  std::vector<float> q(trained->to());
  for (int i = 0; i < 100; ++i) {
    const auto face = random.embedding_within(inner, dimension);
    const auto probe = random.embedding_within(inner, dimension);
    const auto square = trained->apply(face, x);
    const auto base = trained->project(probe, q);
    EXPECT_NEAR(base + dot(x, q), dot(face, probe), 0.01);
    EXPECT_LE(dot(x, x), square * 1.00002);
    EXPECT_NEAR(std::sqrt(dot(x, x) / static_cast<float>(x.size())), trained->spread(), 0.5 * trained->spread());
  }
}

TEST(trained_transform, goes_together_with_what_comes_before_it) {
  testing::random_references random(8);
  const auto first = make_mixing_transform(dimension);
  std::vector<float> sample;
  for (int i = 0; i < 1'000; ++i) {
    std::vector<float> y(first->to());
    first->apply(random.embedding_within(inner, dimension), y);
    sample.insert(sample.end(), y.begin(), y.end());
  }
  const auto then = train_transform(sample, first->to(), 0.7);
  ASSERT_TRUE(then);
  EXPECT_EQ(then->to(), 16U);
  const auto both = compose(*first, *then);
  EXPECT_EQ(both->from(), dimension);
  EXPECT_EQ(both->spread(), then->spread());
  for (int i = 0; i < 20; ++i) {
    const auto face = random.embedding_within(inner, dimension);
    std::vector<float> between(first->to());
    std::vector<float> expected(then->to());
    std::vector<float> actual(then->to());
    first->apply(face, between);
    then->apply(between, expected);
    both->apply(face, actual);
    for (std::size_t at = 0; at < expected.size(); ++at)
      EXPECT_NEAR(actual[at], expected[at], 1e-4);
    const auto base = first->project(face, between) + then->project(between, expected);
    EXPECT_NEAR(both->project(face, actual), base, 1e-4);
    for (std::size_t at = 0; at < expected.size(); ++at)
      EXPECT_NEAR(actual[at], expected[at], 1e-4);
  }
}

TEST(trained_transform, is_none_where_it_would_not_help) {
  testing::random_references random(2);
  std::vector<float> everywhere;
  for (int i = 0; i < 1'000; ++i) {
    const auto face = random.embedding(dimension);
    everywhere.insert(everywhere.end(), face.begin(), face.end());
  }
  EXPECT_FALSE(train_transform(everywhere, dimension));
  EXPECT_FALSE(train_transform(make_sample(4 * dimension - 1, random), dimension));
  EXPECT_FALSE(train_transform(std::vector<float>(4 * dimension * dimension, 0.125F), dimension));
}

TEST(trained_transform, gives_codes_whose_bounds_hold) {
  testing::random_references random(3);
  const auto trained = train_transform(make_sample(1'000, random), dimension);
  ASSERT_TRUE(trained);
  code_tiles codes(trained);
  std::vector<std::vector<float>> references;
  references.reserve(300);
  for (int i = 0; i < 300; ++i)
    references.push_back(i % 3 == 0 ? random.embedding(dimension) : random.embedding_within(inner, dimension));
  for (const auto& each : references)
    codes.put(codes.size(), each);
  for (int i = 0; i < 50; ++i) {
    const auto probe = i % 2 == 0 ? random.embedding(dimension) : random.embedding_within(inner, dimension);
    const auto coded = code(codes, probe);
    for (std::size_t row = 0; row < references.size(); ++row)
      ASSERT_LE(dot(references[row], probe), codes.bound(row, coded).highest);
  }
}

/// An index under upkeep, and what it must answer.
class upkeep_test : public ::testing::Test {
protected:
  void add(bool is_unlike = false) {
    const auto id = random_.id();
    held_[id] = is_unlike ? random_.embedding(dimension) : random_.embedding_within(inner, dimension);
    ASSERT_TRUE(index_.upsert(id, held_[id]));
  }

  void expect_exact() {
    const auto probe = random_.embedding_within(inner, dimension);
    std::vector<hit> hits;
    for (const auto& [id, embedding] : held_)
      hits.push_back({id, dot(embedding, probe)});
    std::sort(hits.begin(), hits.end(), is_nearer);
    hits.resize(std::min<std::size_t>(10, hits.size()));
    const auto answer = search_index(index_, *probe_matrix::make(probe, dimension), 10, -2);
    ASSERT_EQ(answer.exact, exactness::proved);
    ASSERT_EQ(answer.rows[0], hits);
  }

  testing::random_references random_{5};
  coded_index index_{dimension, {.train_from = 1'000}};
  std::map<core::uuid, std::vector<float>> held_;
};

TEST_F(upkeep_test, has_nothing_to_study_in_a_small_gallery) {
  for (int i = 0; i < 999; ++i)
    add();
  EXPECT_FALSE(index_.wants_study());
  EXPECT_FALSE(index_.upkeep(nullptr));
}

TEST_F(upkeep_test, recodes_beside_searches_and_changes) {
  for (int i = 0; i < 2'000; ++i)
    add();
  ASSERT_TRUE(index_.wants_study());
  const auto found = index_.study()();
  const auto before = index_.memory().total();
  int slices = 0;
  for (bool is_more = true; is_more; ++slices) {
    is_more = index_.upkeep(slices == 0 ? &found : nullptr);
    add(slices % 4 == 0);
    auto replaced = std::next(held_.begin(), static_cast<std::ptrdiff_t>(random_.below(held_.size())));
    replaced->second = random_.embedding_within(inner, dimension);
    ASSERT_TRUE(index_.upsert(replaced->first, replaced->second));
    for (int i = 0; i < 2; ++i) {
      const auto gone = std::next(held_.begin(), static_cast<std::ptrdiff_t>(random_.below(held_.size())));
      ASSERT_TRUE(index_.remove(gone->first));
      held_.erase(gone);
    }
    expect_exact();
  }
  EXPECT_GT(slices, 20);
  EXPECT_LT(index_.memory().total(), before - held_.size() * (dimension - 24));
  for (const auto& [id, embedding] : held_) {
    const auto answer = search_index(index_, *probe_matrix::make(embedding, dimension), 1, -2);
    ASSERT_EQ(answer.rows[0][0].cosine, dot(embedding, embedding)) << "does not find itself";
  }
  EXPECT_FALSE(index_.wants_study()) << "again only when there are four times as many";
  for (int i = 0; i < 200; ++i)
    add();
  expect_exact();
}

TEST(code_block, stays_in_step_with_what_is_taken_out_while_it_is_recoded) {
  testing::random_references random(6);
  std::vector<std::vector<float>> references;
  references.reserve(300);
  for (int i = 0; i < 100; ++i)
    references.push_back(random.embedding(dimension));
  code_block block(make_mixing_transform(dimension));
  for (const auto& each : references)
    block.put(block.size(), each);
  const auto to = make_mixing_transform(dimension);
  const auto embedding_of = [&](std::size_t at) { return std::span<const float>{references[at]}; };
  ASSERT_FALSE(block.recode(to, 80, embedding_of));
  for (int i = 0; i < 30; ++i)
    block.pop();
  references.resize(70);
  ASSERT_TRUE(block.recode(to, 1, embedding_of));
  ASSERT_EQ(block.size(), 70U);
  EXPECT_EQ(&block.codes().by(), to.get());
  const auto probe = code(block.codes(), references[3]);
  for (std::size_t row = 0; row < references.size(); ++row)
    EXPECT_NEAR(block.codes().bound(row, probe).estimate, dot(references[row], references[3]), 0.03);
}

TEST_F(upkeep_test, takes_no_finding_of_another_dimension) {
  coded_index other{32, {.train_from = 1'000}};
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(other.upsert(random_.id(), random_.embedding_within(8, 32)));
  for (int i = 0; i < 1'000; ++i)
    add();
  const auto found = other.study()();
  while (index_.upkeep(&found))
    ;
  expect_exact();
}

} // namespace
} // namespace rollcall::shard
