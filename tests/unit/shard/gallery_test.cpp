#include "shard/gallery.hpp"

#include "shard/coded_index.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <limits>
#include <set>
#include <thread>

namespace rollcall::shard {
namespace {

using core::error_code;
using core::reference_kind;

constexpr std::size_t dimension = 16;

class gallery_test : public ::testing::Test {
protected:
  testing::random_references random_{31};
  gallery held_{coded_indexes()};
  core::collection_key key_{random_.id()};

  core::mutation_batch batch(std::uint32_t partition, std::uint64_t first, std::vector<core::uuid> ids) {
    core::mutation_batch made{key_, partition, {}};
    for (const auto& id : ids)
      made.mutations.push_back({first++, reference_kind::face, id, random_.embedding(dimension)});
    return made;
  }

  search_request request(std::span<const float> probes, std::vector<std::uint32_t> partitions) const {
    search_request made{.request = {},
                        .collection = key_,
                        .partitions = std::move(partitions),
                        .probes = {probes.begin(), probes.end()},
                        .dimension = dimension,
                        .until = core::deadline::in(std::chrono::seconds{10})};
    made.k = 5;
    return made;
  }

  void expect_failure(const search_request& asked, error_code code) const {
    const auto answer = held_.search(asked);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.failure().code, code);
  }
};

// A code that says of a face that it is elsewhere hides it from searches: that is what the check is for.
TEST_F(gallery_test, a_face_that_is_not_found_is_noticed) {
  EXPECT_FALSE(held_.check_one(7));
  ASSERT_TRUE(held_.apply(batch(2, 1, {random_.id()})));
  EXPECT_TRUE(held_.check_one(7));
  code_tiles codes{make_mixing_transform(dimension)};
  copied_references block;
  block.begin(reference_kind::face, dimension);
  for (int i = 0; i < 20; ++i) {
    const auto face = random_.embedding(dimension);
    auto away = face;
    for (auto& value : away)
      value = -value;
    codes.put(static_cast<std::size_t>(i), i == 7 ? away : face);
    block.add(random_.id(), face);
  }
  block.add_codes(codes.run(0), 20, 1);
  held_.begin_load(key_, 5);
  ASSERT_TRUE(held_.load(key_, 5, block.view()));
  held_.load_from(key_, 5, 1);
  std::set<core::uuid> missed;
  for (std::uint64_t draw = 0; draw < 200; ++draw)
    if (const auto checked = held_.check_one(draw); checked && !checked->is_found)
      missed.insert(checked->face);
  EXPECT_EQ(missed, std::set<core::uuid>{block.view().ids[7]});
}

TEST_F(gallery_test, a_reference_is_found_by_its_id) {
  const auto added = batch(3, 1, {random_.id(), random_.id()});
  ASSERT_TRUE(held_.apply(added));
  const auto& [seq, kind, id, embedding] = added.mutations[0];
  const auto find = [&](std::uint32_t partition, reference_kind of) { return held_.find(key_, partition, of, id); };
  ASSERT_TRUE(find(3, kind));
  EXPECT_EQ(find(3, kind)->embedding, embedding);
  EXPECT_TRUE(find(3, kind)->is_current);
  EXPECT_TRUE(find(3, reference_kind::user)->embedding.empty());
  EXPECT_TRUE(find(4, kind)->embedding.empty()); // never named: empty
  held_.note_head(key_, 3, 3);
  EXPECT_FALSE(find(3, kind)->is_current);
  ASSERT_TRUE(held_.apply({key_, 3, {{3, kind, id, {}}}}));
  EXPECT_TRUE(find(3, kind)->embedding.empty());
  EXPECT_TRUE(find(3, kind)->is_current);
  held_.begin_load(key_, 3);
  ASSERT_FALSE(find(3, kind));
  EXPECT_EQ(find(3, kind).failure().code, error_code::not_ready);
}

TEST_F(gallery_test, one_answer_over_all_partitions_asked) {
  const auto first = batch(0, 1, {random_.id(), random_.id()});
  const auto second = batch(3, 1, {random_.id()});
  ASSERT_TRUE(held_.apply(first));
  ASSERT_TRUE(held_.apply(second));
  const auto answer = held_.search(request(second.mutations[0].embedding, {0, 3, 7}));
  ASSERT_TRUE(answer);
  ASSERT_EQ(answer->rows.size(), 1U);
  ASSERT_EQ(answer->rows[0].size(), 3U);
  EXPECT_EQ(answer->rows[0][0].id, second.mutations[0].id);
  EXPECT_EQ(answer->partitions[0].compared + answer->partitions[1].compared, 3U) << "k reaches all";
  EXPECT_EQ(answer->partitions[2].compared, 0U);
  ASSERT_EQ(answer->partitions.size(), 3U);
  EXPECT_EQ(answer->partitions[0].references, 2U);
  EXPECT_EQ(answer->partitions[1].seq, 1U);
  for (const auto& partition : answer->partitions) {
    EXPECT_TRUE(partition.has_answered);
    EXPECT_TRUE(partition.is_current);
    EXPECT_EQ(partition.exact, exactness::proved);
  }
}

TEST_F(gallery_test, an_unknown_collection_is_empty_and_current) {
  const auto answer = held_.search(request(random_.embedding(dimension), {0}));
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->rows.at(0).empty());
  EXPECT_TRUE(answer->partitions.at(0).is_current);
}

TEST_F(gallery_test, a_loading_partition_has_not_answered) {
  held_.begin_load(key_, 0);
  held_.load(key_, 0, std::vector<core::reference>{{reference_kind::face, random_.id(), random_.embedding(dimension)}});
  auto answer = held_.search(request(random_.embedding(dimension), {0}));
  ASSERT_TRUE(answer);
  EXPECT_FALSE(answer->partitions.at(0).has_answered);
  EXPECT_TRUE(answer->rows.at(0).empty());
  held_.load_from(key_, 0, 9);
  answer = held_.search(request(random_.embedding(dimension), {0}));
  EXPECT_TRUE(answer->partitions.at(0).has_answered);
  EXPECT_EQ(answer->rows.at(0).size(), 1U);
}

TEST_F(gallery_test, a_partition_behind_its_head_is_not_current) {
  ASSERT_TRUE(held_.apply(batch(0, 1, {random_.id()})));
  held_.note_head(key_, 0, 2);
  auto answer = held_.search(request(random_.embedding(dimension), {0}));
  EXPECT_FALSE(answer->partitions.at(0).is_current);
  ASSERT_TRUE(held_.apply(batch(0, 2, {random_.id()})));
  answer = held_.search(request(random_.embedding(dimension), {0}));
  EXPECT_TRUE(answer->partitions.at(0).is_current);
}

TEST_F(gallery_test, drop_forgets_one_collection_and_keeps_the_count) {
  ASSERT_TRUE(held_.apply(batch(0, 1, {random_.id(), random_.id()})));
  const auto other = core::collection_key{random_.id()};
  core::mutation_batch elsewhere = batch(0, 1, {random_.id()});
  elsewhere.collection = other;
  ASSERT_TRUE(held_.apply(elsewhere));
  EXPECT_EQ(held_.size().references, 3U);
  held_.drop(key_);
  EXPECT_EQ(held_.size().references, 1U);
  EXPECT_EQ(held_.size().partitions, 1U);
  EXPECT_EQ(held_.seq(key_, 0), 0U);
  held_.drop(other);
  EXPECT_EQ(held_.size().memory.total(), 0U);
}

TEST_F(gallery_test, refuses_what_it_cannot_search) {
  const auto probe = random_.embedding(dimension);
  auto asked = request(probe, {0});
  asked.k = 0;
  expect_failure(asked, error_code::invalid_argument);
  asked.k = 4'098;
  expect_failure(asked, error_code::invalid_argument);
  asked = request(probe, {0});
  asked.probes.pop_back();
  expect_failure(asked, error_code::invalid_argument);
  asked = request(probe, {0});
  asked.probes[1] = std::numeric_limits<float>::infinity();
  expect_failure(asked, error_code::invalid_argument);
  asked = request(std::vector<float>(1'025 * dimension, 0.25F), {0});
  expect_failure(asked, error_code::invalid_argument);
  asked = request(probe, {0});
  asked.until = core::deadline{std::chrono::steady_clock::now()};
  expect_failure(asked, error_code::deadline_exceeded);
  ASSERT_TRUE(held_.apply(batch(0, 1, {random_.id()})));
  asked = request(random_.embedding(dimension + 1), {0});
  asked.dimension = dimension + 1;
  expect_failure(asked, error_code::model_mismatch);
}

TEST_F(gallery_test, upkeep_changes_no_answer_and_keeps_the_count) {
  gallery held{coded_indexes({.train_from = 200})};
  std::uint64_t seq = 0;
  core::mutation_batch all{key_, 0, {}};
  for (int i = 0; i < 300; ++i)
    all.mutations.push_back({++seq, reference_kind::face, random_.id(), random_.embedding_within(4, dimension)});
  ASSERT_TRUE(held.apply(all));
  auto asked = request(random_.embedding_within(4, dimension), {0});
  const auto before = held.search(asked);
  const auto bytes = held.size().memory.total();
  int slices = 0;
  while (held.upkeep())
    ++slices;
  EXPECT_GE(slices, 2);
  EXPECT_LT(held.size().memory.total(), bytes);
  EXPECT_EQ(held.search(asked)->rows, before->rows);
  EXPECT_FALSE(held.upkeep()) << "nothing has changed since";
  held.drop(key_);
  EXPECT_EQ(held.size().memory.total(), 0U);
}

TEST_F(gallery_test, knows_what_each_collection_takes) {
  const core::collection_key other{random_.id()};
  ASSERT_TRUE(held_.apply(batch(0, 1, {random_.id(), random_.id()})));
  ASSERT_TRUE(held_.apply(batch(1, 1, {random_.id()})));
  const auto first = held_.size();
  ASSERT_TRUE(held_.apply({other, 0, batch(0, 1, {random_.id()}).mutations}));
  for (const auto& [collection, held] : held_.size_by_collection()) {
    EXPECT_EQ(held.partitions, collection == key_ ? 2U : 1U);
    EXPECT_EQ(held.references, collection == key_ ? 3U : 1U);
    EXPECT_EQ(held.memory.total() == first.memory.total(), collection == key_);
    EXPECT_GT(held.memory.embeddings, 0U);
    EXPECT_GT(held.memory.ids, 0U);
  }
  held_.drop(key_, 0);
  held_.drop(other);
  ASSERT_EQ(held_.size_by_collection().size(), 1U);
  EXPECT_EQ(held_.size_by_collection().front().held.partitions, 1U);
  EXPECT_EQ(held_.size().references, 1U);
  held_.drop(key_);
  EXPECT_TRUE(held_.size_by_collection().empty());
}

// The references of a collection's partitions are alike: what was found out about one of them serves the others.
TEST_F(gallery_test, partitions_of_a_collection_learn_from_each_other) {
  gallery held{coded_indexes({.train_from = 200})};
  const core::collection_key other{random_.id()};
  const auto fill = [&](core::collection_key collection, std::uint32_t partition, std::size_t count,
                        std::uint64_t seq) {
    core::mutation_batch all{collection, partition, {}};
    for (std::size_t i = 0; i < count; ++i)
      all.mutations.push_back({++seq, reference_kind::face, random_.id(), random_.embedding_within(4, dimension)});
    ASSERT_TRUE(held.apply(all));
    while (held.upkeep()) {
    }
  };
  const auto transform_of = [&](core::collection_key collection, std::uint32_t partition) {
    copied_references copied;
    held.read(collection, partition)->copy(reference_kind::face, tile_rows, tile_rows, copied);
    return copied.view().codes.by;
  };
  fill(key_, 0, 300, 0);
  fill(key_, 1, 400, 0);
  fill(other, 0, 300, 0);
  EXPECT_EQ(transform_of(key_, 0)->to(), 8U);
  EXPECT_EQ(transform_of(key_, 1), transform_of(key_, 0));
  EXPECT_NE(transform_of(other, 0), transform_of(key_, 0)) << "its faces may be another network's";
  fill(key_, 1, 1'300, 400); // much more than was ever studied
  EXPECT_NE(transform_of(key_, 1), transform_of(key_, 0));
  // Again, from the start.
  held.drop(key_);
  fill(key_, 0, 300, 0);
  EXPECT_EQ(transform_of(key_, 0)->to(), 8U);
  EXPECT_FALSE(held.upkeep());
}

// Upkeep, searches and changes at the same time, and a collection that goes away under all of them.
TEST_F(gallery_test, upkeep_runs_beside_everything) {
  gallery held{coded_indexes({.train_from = 200})};
  std::atomic<bool> is_over{false};
  std::thread keeper([&] {
    while (!is_over)
      (void)held.upkeep();
  });
  const auto asked = request(random_.embedding_within(4, dimension), {0});
  std::thread searcher([&] {
    while (!is_over)
      EXPECT_TRUE(held.search(asked));
  });
  for (int round = 0; round < 10; ++round) {
    std::uint64_t seq = 0;
    for (int i = 0; i < 400; ++i)
      EXPECT_TRUE(
          held.apply({key_, 0, {{++seq, reference_kind::face, random_.id(), random_.embedding_within(4, dimension)}}}));
    held.drop(key_);
  }
  is_over = true;
  keeper.join();
  searcher.join();
  EXPECT_EQ(held.size().references, 0U);
  EXPECT_EQ(held.size().memory.total(), 0U);
}

// Searches run while a writer puts in and takes out many copies of a face, all at once: every answer has all of them or
// none, and what was applied before a search began is in its answer. Few enough are deferred, and upkeep puts them in.
class gallery_copies_test : public gallery_test, public ::testing::WithParamInterface<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(deferred_or_not, gallery_copies_test, ::testing::Values(16, 100));

TEST_P(gallery_copies_test, searches_run_beside_a_writer) {
  const auto copies = GetParam();
  const auto face = random_.embedding(dimension);
  core::mutation_batch in{key_, 0, {}};
  core::mutation_batch out{key_, 0, {}};
  for (std::size_t copy = 0; copy < copies; ++copy) {
    in.mutations.push_back({0, reference_kind::face, random_.id(), face});
    out.mutations.push_back({0, reference_kind::face, in.mutations.back().id, {}});
  }
  auto asked = request(face, {0});
  asked.k = 2 * copies;
  std::atomic<std::uint64_t> applied{0};
  std::atomic<int> searches{0};
  std::atomic<int> wrong{0};
  const auto search = [&] {
    while (searches < 3'000) {
      const auto before = applied.load();
      const auto answer = held_.search(asked);
      const auto& partition = answer->partitions[0];
      const auto is_in = partition.seq / copies % 2 == 1;
      if (partition.seq < before || partition.seq % copies != 0 || answer->rows[0].size() != (is_in ? copies : 0))
        ++wrong;
      ++searches;
    }
  };
  std::thread first(search);
  std::thread second(search);
  std::thread keeper([&] {
    while (searches < 3'000)
      (void)held_.upkeep();
  });
  for (std::uint64_t seq = 0; searches < 3'000;) {
    auto& next = seq / copies % 2 == 0 ? in : out;
    for (auto& change : next.mutations)
      change.seq = ++seq;
    EXPECT_TRUE(held_.apply(next));
    applied = seq;
  }
  first.join();
  second.join();
  keeper.join();
  EXPECT_EQ(wrong, 0);
}

} // namespace
} // namespace rollcall::shard
