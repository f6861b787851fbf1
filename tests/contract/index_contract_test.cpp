// What every index over references must hold to, whatever it keeps inside: exact answers (where it says `proved`) equal
// to brute force, bit for bit, and to FAISS's flat index up to rounding.
#include "shard/coded_index.hpp"

#include "shard/codes/similarity.hpp"
#include "tests/support/random_references.hpp"

#include <faiss/IndexFlat.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

namespace rollcall::shard {
namespace {

using core::error_code;

struct implementation {
  const char* name;
  index_factory make;
};

using gallery_map = std::map<core::uuid, std::vector<float>>;

// The answer by definition: every reference's canonical cosine, all of them sorted.
std::vector<hit> brute_force(const gallery_map& references, std::span<const float> probe, std::size_t k, float lowest) {
  std::vector<hit> hits;
  for (const auto& [id, embedding] : references)
    if (const auto cosine = dot(embedding, probe); cosine >= lowest)
      hits.push_back({id, cosine});
  std::sort(hits.begin(), hits.end(), is_nearer);
  hits.resize(std::min(k, hits.size()));
  return hits;
}

class index_contract : public ::testing::TestWithParam<implementation> {
protected:
  testing::random_references random_{41};

  [[nodiscard]] std::unique_ptr<reference_index> make(std::size_t dimension) const {
    return GetParam().make(dimension);
  }

  gallery_map fill(reference_index& index, std::size_t count) {
    gallery_map references;
    for (std::size_t i = 0; i < count; ++i) {
      const auto id = random_.id();
      references[id] = random_.embedding(index.dimension());
      EXPECT_TRUE(index.upsert(id, references[id]));
    }
    return references;
  }

  // The probes' rows equal brute force.
  static void expect_exact(const reference_index& index, const gallery_map& references,
                           const std::vector<std::vector<float>>& probes, std::size_t k, float lowest = -2) {
    std::vector<float> values;
    for (const auto& probe : probes)
      values.insert(values.end(), probe.begin(), probe.end());
    const auto matrix = probe_matrix::make(values, index.dimension());
    ASSERT_TRUE(matrix);
    const auto answer = search_index(index, *matrix, k, lowest);
    ASSERT_EQ(answer.exact, exactness::proved);
    ASSERT_EQ(answer.rows.size(), probes.size());
    for (std::size_t p = 0; p < probes.size(); ++p)
      ASSERT_EQ(answer.rows[p], brute_force(references, probes[p], k, lowest)) << "probe " << p << ", k " << k;
  }

  std::vector<std::vector<float>> make_probes(std::size_t count, std::size_t dimension) {
    std::vector<std::vector<float>> probes;
    for (std::size_t p = 0; p < count; ++p)
      probes.push_back(random_.embedding(dimension));
    return probes;
  }
};

TEST_P(index_contract, equals_brute_force) {
  for (const std::size_t dimension : {1U, 7U, 128U, 512U})
    for (const std::size_t count : {1U, 63U, 64U, 65U, 300U}) {
      const auto index = make(dimension);
      const auto references = fill(*index, count);
      EXPECT_EQ(index->size(), count);
      for (const std::size_t k : {1U, 10U, 64U, 4'097U})
        expect_exact(*index, references, make_probes(3, dimension), k);
    }
}

TEST_P(index_contract, answers_many_probes_at_once_as_one_by_one) {
  const auto index = make(32);
  const auto references = fill(*index, 500);
  for (const std::size_t probes : {1U, 2U, 63U, 64U, 65U, 200U})
    expect_exact(*index, references, make_probes(probes, 32), 5);
}

TEST_P(index_contract, an_empty_index_answers_empty_rows) {
  const auto index = make(8);
  expect_exact(*index, {}, make_probes(2, 8), 10);
}

TEST_P(index_contract, equal_references_come_in_the_order_of_their_ids) {
  const auto index = make(16);
  gallery_map references;
  const auto face = random_.embedding(16);
  for (int i = 0; i < 200; ++i) {
    const auto id = random_.id();
    references[id] = face;
    ASSERT_TRUE(index->upsert(id, face));
  }
  for (const std::size_t k : {1U, 7U, 199U, 200U, 201U})
    expect_exact(*index, references, {face}, k);
}

TEST_P(index_contract, lowest_cosine_is_inclusive) {
  const auto index = make(16);
  const auto references = fill(*index, 200);
  const auto probe = random_.embedding(16);
  const auto all = brute_force(references, probe, 200, -2);
  const auto at = all[17].cosine;
  expect_exact(*index, references, {probe}, 200, at);
  expect_exact(*index, references, {probe}, 200, std::nextafter(at, 2.0F));
  expect_exact(*index, references, {probe}, 200, 2);
}

TEST_P(index_contract, follows_insertions_replacements_and_removals) {
  const auto index = make(24);
  gallery_map references;
  std::vector<core::uuid> ids;
  for (int step = 0; step < 2'000; ++step) {
    const auto choice = random_.below(10);
    if (ids.empty() || choice < 5) {
      ids.push_back(random_.id());
      references[ids.back()] = random_.embedding(24);
      ASSERT_TRUE(index->upsert(ids.back(), references[ids.back()]));
    } else if (choice < 7) {
      auto& replaced = references[ids[random_.below(ids.size())]];
      replaced = random_.embedding(24);
      const auto id = std::find_if(references.begin(), references.end(), [&](const auto& one) {
                        return &one.second == &replaced;
                      })->first;
      ASSERT_TRUE(index->upsert(id, replaced));
    } else {
      const auto at = random_.below(ids.size());
      ASSERT_TRUE(index->remove(ids[at]));
      ASSERT_FALSE(index->contains(ids[at]));
      ASSERT_FALSE(index->remove(ids[at]));
      references.erase(ids[at]);
      ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(at));
    }
    ASSERT_EQ(index->size(), references.size());
    if (step % 100 == 0)
      expect_exact(*index, references, make_probes(2, 24), 10);
  }
  for (const auto& id : ids)
    ASSERT_TRUE(index->remove(id));
  expect_exact(*index, {}, make_probes(1, 24), 10);
}

TEST_P(index_contract, memory_grows_and_shrinks_with_the_references) {
  const auto index = make(128);
  const auto empty = index->memory().total();
  const auto references = fill(*index, 5'000);
  const auto full = index->memory().total();
  EXPECT_GE(full - empty, 5'000 * 16U);
  for (const auto& [id, embedding] : references)
    index->remove(id);
  EXPECT_LT(index->memory().total(), full / 4);
}

TEST_P(index_contract, refuses_what_has_no_direction) {
  const auto index = make(4);
  const auto id = random_.id();
  const std::vector<float> good{0.5F, 0.5F, 0.5F, 0.5F};
  ASSERT_TRUE(index->upsert(id, good));
  const auto refuse = [&](std::vector<float> embedding, error_code code) {
    for (const auto& into : {id, random_.id()}) {
      const auto put = index->upsert(into, embedding);
      ASSERT_FALSE(put);
      EXPECT_EQ(put.failure().code, code);
    }
  };
  refuse({0, 0, 0, 0}, error_code::invalid_argument);
  refuse({1, std::numeric_limits<float>::quiet_NaN(), 0, 0}, error_code::invalid_argument);
  refuse({1, std::numeric_limits<float>::infinity(), 0, 0}, error_code::invalid_argument);
  refuse({1, 0, 0}, error_code::model_mismatch);
  refuse({}, error_code::model_mismatch);
  expect_exact(*index, {{id, good}}, {good}, 10); // nothing has changed
}

TEST_P(index_contract, agrees_with_faiss) {
  constexpr std::size_t dimension = 512;
  constexpr std::size_t k = 10;
  const auto index = make(dimension);
  const auto references = fill(*index, 3'000);
  faiss::IndexFlatIP reference(dimension);
  std::vector<core::uuid> ids;
  for (const auto& [id, embedding] : references) {
    reference.add(1, embedding.data());
    ids.push_back(id);
  }
  for (int run = 0; run < 50; ++run) {
    const auto probe = random_.embedding(dimension);
    std::vector<float> cosines(k);
    std::vector<faiss::Index::idx_t> labels(k);
    reference.search(1, probe.data(), k, cosines.data(), labels.data());
    const auto matrix = probe_matrix::make(probe, dimension);
    const auto row = search_index(*index, *matrix, k, -2).rows[0];
    ASSERT_EQ(row.size(), k);
    for (std::size_t at = 0; at < k; ++at) {
      ASSERT_NEAR(row[at].cosine, cosines[at], 1e-6);
      // Two references whose cosines differ by less than the rounding may change places.
      const auto& theirs = ids[static_cast<std::size_t>(labels[at])];
      if (row[at].id != theirs) {
        ASSERT_NEAR(dot(references.at(theirs), probe), row[at].cosine, 1e-6);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(indexes, index_contract, ::testing::Values(implementation{"coded", coded_indexes()}),
                         [](const auto& tested) { return std::string{tested.param.name}; });

} // namespace
} // namespace rollcall::shard
