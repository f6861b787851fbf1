// What is the coded index's own: data made to mislead its codes, its limit, and more than one block. That its answers
// are exact in general is the index contract's.
#include "shard/coded_index.hpp"

#include "shard/codes/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

namespace rollcall::shard {
namespace {

using references = std::vector<std::pair<core::uuid, std::vector<float>>>;

std::vector<hit> brute_force(const references& all, std::span<const float> probe, std::size_t k, float lowest) {
  std::vector<hit> hits;
  for (const auto& [id, embedding] : all)
    if (const auto cosine = dot(embedding, probe); cosine >= lowest)
      hits.push_back({id, cosine});
  std::sort(hits.begin(), hits.end(), is_nearer);
  hits.resize(std::min(k, hits.size()));
  return hits;
}

void fill(coded_index& index, const references& all) {
  for (const auto& [id, embedding] : all)
    ASSERT_TRUE(index.upsert(id, embedding));
}

void expect_exact(const coded_index& index, const references& all, const std::vector<float>& probe, std::size_t k,
                  float lowest = -2) {
  const auto matrix = probe_matrix::make(probe, index.dimension());
  const auto answer = search_index(index, *matrix, k, lowest);
  ASSERT_EQ(answer.exact, exactness::proved);
  ASSERT_EQ(answer.rows[0], brute_force(all, probe, k, lowest));
}

// References whose codes say little: what the mixing turns into one large coordinate, at all lengths of it, so that
// estimates are far below the cosines, next to faces whose estimates are right.
references misleading(std::size_t dimension, testing::random_references& random) {
  const auto mixing = make_mixing_transform(dimension);
  references all;
  std::vector<float> unit(dimension, 0.0F);
  std::vector<float> mixed(mixing->to());
  for (std::size_t at = 0; at < dimension; ++at) {
    // The transform is its own transpose up to the signs, so a row of it comes from applying it to an axis.
    std::fill(unit.begin(), unit.end(), 0.0F);
    unit[at] = 1;
    mixing->apply(unit, mixed);
    std::vector<float> face(mixed.begin(), mixed.begin() + static_cast<std::ptrdiff_t>(dimension));
    const auto noise = random.embedding(dimension);
    const auto share = static_cast<float>(at) / static_cast<float>(dimension);
    for (std::size_t i = 0; i < dimension; ++i)
      face[i] = (1 - share) * face[i] + share * noise[i];
    all.emplace_back(random.id(), face);
    all.emplace_back(random.id(), noise);
  }
  return all;
}

TEST(coded_index, is_exact_where_codes_mislead) {
  testing::random_references random(11);
  const auto all = misleading(256, random);
  coded_index index(256);
  fill(index, all);
  for (std::size_t probe = 0; probe < all.size(); probe += 16)
    for (const std::size_t k : {1U, 10U, 100U}) {
      expect_exact(index, all, all[probe].second, k);
      expect_exact(index, all, random.near(all[probe].second, 0.8F), k, 0.3F);
    }
}

TEST(coded_index, is_exact_for_clusters_and_duplicates) {
  testing::random_references random(12);
  references all;
  for (int cluster = 0; cluster < 20; ++cluster) {
    const auto centre = random.embedding(128);
    for (int i = 0; i < 100; ++i)
      all.emplace_back(random.id(), i % 2 == 0 ? centre : random.near(centre, 0.9999F));
  }
  coded_index index(128);
  fill(index, all);
  for (std::size_t probe = 0; probe < all.size(); probe += 50)
    for (const std::size_t k : {1U, 10U, 101U, 4'097U})
      expect_exact(index, all, all[probe].second, k);
}

TEST(coded_index, says_so_when_the_limit_ends_the_proof) {
  testing::random_references random(13);
  references all;
  for (int i = 0; i < 3'000; ++i)
    all.emplace_back(random.id(), random.embedding(64));
  coded_index index(64, {.most_compared = 5});
  fill(index, all);
  EXPECT_FALSE(index.upkeep(nullptr)); // what has no code yet would be compared
  const auto probe = random.embedding(64);
  const auto matrix = probe_matrix::make(probe, 64);
  const auto answer = search_index(index, *matrix, 50, -2);
  EXPECT_EQ(answer.exact, exactness::not_proved);
  EXPECT_EQ(answer.rows[0].size(), 5U);
  // Nothing reaches the threshold, so nothing is compared: proved all the same.
  EXPECT_EQ(search_index(index, *matrix, 50, 1.5F).exact, exactness::proved);
}

TEST(coded_index, spans_blocks) {
  testing::random_references random(14);
  references all;
  for (int i = 0; i < 66'000; ++i)
    all.emplace_back(random.id(), random.embedding(8));
  coded_index index(8);
  fill(index, all);
  for (int i = 0; i < 5; ++i)
    expect_exact(index, all, random.embedding(8), 20);
  // Taken from the first block: the holes are filled from the last.
  for (int i = 0; i < 1'000; ++i)
    ASSERT_TRUE(index.remove(all[static_cast<std::size_t>(i)].first));
  all.erase(all.begin(), all.begin() + 1'000);
  for (int i = 0; i < 5; ++i)
    expect_exact(index, all, random.embedding(8), 20);
}

// Those of the first block are bounded by their fine codes, and wait while the second one is scanned.
TEST(coded_index, carries_candidates_from_block_to_block) {
  constexpr std::size_t alike = 1'000;
  testing::random_references random(15);
  const auto face = random.embedding(8);
  references all;
  for (std::size_t i = 0; i < block_rows + alike; ++i)
    all.emplace_back(random.id(), i < alike || i >= block_rows ? face : random.embedding(8));
  coded_index index(8);
  fill(index, all);
  for (const std::size_t k : {1U, 20U, 1'500U})
    expect_exact(index, all, face, k);
}

// Candidates of one block are bounded by what its codes were made by, whatever those of the next one were.
TEST(coded_index, is_exact_while_blocks_have_codes_of_different_kinds) {
  constexpr std::size_t dimension = 16;
  testing::random_references random(17);
  references some;
  for (int i = 0; i < 2'000; ++i)
    some.emplace_back(random.id(), random.embedding_within(5, dimension));
  references all;
  for (std::size_t i = 0; i < block_rows + 500; ++i)
    all.emplace_back(random.id(), some[i % some.size()].second);
  coded_index index(dimension);
  fill(index, {all.begin(), all.begin() + block_rows});
  const auto trained = index.study()();
  ASSERT_TRUE(index.upkeep(&trained)); // there is more to do: the first block has the codes that it had
  fill(index, {all.begin() + block_rows, all.end()});
  ASSERT_NE(index.codes(0).by, index.codes(block_rows).by);
  expect_exact(index, all, all.front().second, 20);
  expect_exact(index, all, random.embedding_within(5, dimension), 200);
}

// Duplicates lie in every share, so that ties at the end of the result come from several threads.
TEST(coded_index, is_exact_when_threads_share_a_search) {
  testing::random_references random(16);
  const auto face = random.embedding(8);
  references all;
  for (std::size_t i = 0; i < 2 * block_rows + 10'000; ++i)
    all.emplace_back(random.id(), i % 1'000 == 0 ? face : random.embedding(8));
  const auto helpers = std::make_shared<search_helpers>(2);
  coded_index index(8, {.helpers = helpers});
  coded_index limited(8, {.most_compared = 5, .helpers = helpers});
  fill(index, all);
  fill(limited, all);
  std::vector<std::thread> searches;
  for (int searcher = 0; searcher < 2; ++searcher)
    searches.emplace_back([&, probe = random.embedding(8)] {
      for (const std::size_t k : {1U, 20U, 500U}) {
        expect_exact(index, all, face, k);
        expect_exact(index, all, probe, k);
        expect_exact(index, all, probe, k, 0.9F);
      }
    });
  for (auto& one : searches)
    one.join();
  std::vector<float> probes(5 * 8);
  for (std::size_t p = 0; p < 5; ++p)
    std::copy_n(p == 3 ? face.begin() : all[p].second.begin(), 8, probes.begin() + static_cast<std::ptrdiff_t>(p) * 8);
  const auto matrix = probe_matrix::make(probes, 8);
  const auto answer = search_index(index, *matrix, 30, -2);
  EXPECT_EQ(answer.exact, exactness::proved);
  for (std::size_t p = 0; p < 5; ++p)
    EXPECT_EQ(answer.rows[p], brute_force(all, std::span{probes}.subspan(p * 8, 8), 30, -2));
  EXPECT_EQ(search_index(limited, *matrix, 30, -2).exact, exactness::not_proved);
}

// A tile's codes are made when it is full, those of the last one by upkeep; meanwhile its rows are compared, moved and
// taken out like all others.
TEST(coded_index, finds_what_no_code_was_made_for_yet) {
  constexpr std::size_t dimension = 48;
  testing::random_references random(31);
  coded_index index(dimension);
  references all;
  const auto add = [&] {
    all.emplace_back(random.id(), random.embedding(dimension));
    ASSERT_TRUE(index.upsert(all.back().first, all.back().second));
  };
  const auto uncoded = [&] {
    const auto last = (all.size() - 1) / tile_rows * tile_rows;
    return std::count(index.codes(last).losses, index.codes(last).losses + (all.size() - last), any_loss);
  };
  const auto remove = [&](std::size_t at) {
    ASSERT_TRUE(index.remove(all[at].first));
    all[at] = all.back();
    all.pop_back();
  };
  while (all.size() < 2 * tile_rows + 20)
    add();
  EXPECT_EQ(uncoded(), 20);
  remove(3); // the last takes its place, and is coded there
  EXPECT_EQ(index.codes(0).losses[3] == any_loss, false);
  all[2 * tile_rows + 5].second = random.embedding(dimension);
  ASSERT_TRUE(index.upsert(all[2 * tile_rows + 5].first, all[2 * tile_rows + 5].second));
  EXPECT_EQ(uncoded(), 18);
  for (const std::size_t at : {std::size_t{3}, 2 * tile_rows + 5, all.size() - 1})
    expect_exact(index, all, all[at].second, 5);
  while (all.size() < 3 * tile_rows)
    add();
  EXPECT_EQ(uncoded(), 0);
  add();
  EXPECT_EQ(uncoded(), 1);
  EXPECT_FALSE(index.upkeep(nullptr));
  EXPECT_EQ(uncoded(), 0);
  expect_exact(index, all, all.back().second, 5);
  remove(all.size() - 1);
  add();
  EXPECT_EQ(uncoded(), 1);
  expect_exact(index, all, all.back().second, all.size());
}

// One by one or together, upkeep or not: codes are the same, bit by bit.
TEST(coded_index, codes_do_not_depend_on_how_references_came) {
  constexpr std::size_t dimension = 40;
  testing::random_references random(32);
  coded_index together(dimension);
  coded_index one_by_one(dimension);
  for (std::size_t i = 0; i < tile_rows + 9; ++i) {
    const auto id = random.id();
    const auto face = random.embedding(dimension);
    ASSERT_TRUE(together.upsert(id, face));
    ASSERT_TRUE(one_by_one.upsert(id, face));
    EXPECT_FALSE(one_by_one.upkeep(nullptr));
  }
  EXPECT_FALSE(together.upkeep(nullptr));
  for (const std::size_t first : {std::size_t{0}, tile_rows}) {
    const auto a = together.codes(first);
    const auto b = one_by_one.codes(first);
    EXPECT_TRUE(std::equal(a.tiles, a.tiles + tile_bytes(a.by->to()), b.tiles));
    EXPECT_TRUE(std::equal(a.losses, a.losses + tile_rows, b.losses));
    const auto rows = first == 0 ? tile_rows : 9;
    EXPECT_TRUE(std::equal(a.fine, a.fine + rows * a.by->to(), b.fine));
    EXPECT_TRUE(std::equal(a.fine_losses, a.fine_losses + rows, b.fine_losses));
  }
}

// A mark that no encoding makes comes out again; what was trained elsewhere goes on serving here.
TEST(coded_index, takes_over_codes_and_what_they_were_made_by) {
  constexpr std::size_t dimension = 32;
  testing::random_references random(9);
  coded_index from{dimension, {.train_from = 4'096}};
  for (int i = 0; i < 5'000; ++i)
    ASSERT_TRUE(from.upsert(random.id(), random.embedding_within(10, dimension)));
  ASSERT_TRUE(from.wants_study());
  const auto found = from.study()();
  for (const auto* now = &found; from.upkeep(now); now = nullptr) {
  }
  auto run = from.codes(64);
  ASSERT_EQ(run.by->to(), 16U);
  const std::vector<std::uint8_t> marks(tile_rows, 77);
  run.losses = marks.data();

  coded_index into{dimension, {.train_from = 4'096}};
  for (std::size_t at = 0; at < 60; ++at)
    ASSERT_TRUE(into.upsert(from.at(64 + at).id, from.at(64 + at).values, {&run, at}));
  EXPECT_EQ(into.codes(0).by, run.by);
  EXPECT_EQ(std::count(into.codes(0).losses, into.codes(0).losses + 60, 77), 60);
  ASSERT_TRUE(into.upsert(random.id(), random.embedding_within(10, dimension)));
  EXPECT_EQ(into.codes(0).by, run.by);
  EXPECT_FALSE(into.upkeep(nullptr));
  // Codes of another dimension are of no use.
  coded_index other{16};
  ASSERT_TRUE(other.upsert(random.id(), random.embedding(16), {&run, 0}));
  EXPECT_EQ(other.codes(0).by->from(), 16U);
}

} // namespace
} // namespace rollcall::shard
