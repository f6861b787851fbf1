// What the coded index does by lists: which searches use them, what they find, and that changes keep them true.
#include "shard/coded_index.hpp"

#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace rollcall::shard {
namespace {

constexpr std::size_t dimension = 64;

class coded_lists_test : public ::testing::Test {
protected:
  void start(std::size_t lists_looked_at = 0) {
    coded_index_limits limits;
    limits.train_from = 1'024;
    limits.lists_from = 2'048;
    limits.lists_looked_at = lists_looked_at;
    index_ = std::make_unique<coded_index>(dimension, limits);
  }
  core::uuid put(const core::uuid& id, std::vector<float> embedding) {
    EXPECT_TRUE(index_->upsert(id, embedding));
    all_[id] = std::move(embedding);
    return id;
  }
  core::uuid put() { return put(random_.id(), random_.embedding_within(16, dimension)); }
  void remove(const core::uuid& id) {
    EXPECT_TRUE(index_->remove(id));
    all_.erase(id);
  }
  void fill(std::size_t count) {
    while (all_.size() < count)
      put();
  }
  core::uuid any() { return std::next(all_.begin(), static_cast<std::ptrdiff_t>(random_.below(all_.size())))->first; }

  void keep_up() {
    std::optional<reference_index::finding> found;
    if (index_->wants_study())
      found = index_->study()();
    for (const auto* now = found ? &*found : nullptr; index_->upkeep(now); now = nullptr) {
    }
  }
  bool run_errand() {
    const auto errand = index_->next_errand();
    if (errand == nullptr)
      return false;
    errand->run();
    index_->finish(*errand);
    return true;
  }
  void make_lists() {
    keep_up();
    (void)search(all_.begin()->second, 1);
    while (run_errand()) {
    }
  }

  index_answer search(std::span<const float> probe, std::size_t k, float recall_floor = 0.99F) {
    return search_index(*index_, *probe_matrix::make(probe, dimension), k, -2, recall_floor);
  }
  /// Each reference is nearest to itself, and its list to it.
  void expect_all_found() {
    for (const auto& [id, embedding] : all_) {
      const auto answer = search(embedding, 1);
      ASSERT_EQ(answer.exact, exactness::approximate);
      ASSERT_EQ(answer.rows[0].size(), 1U);
      ASSERT_EQ(answer.rows[0][0].id, id);
    }
    const auto all = search(all_.begin()->second, 4'097);
    for (const auto& each : all.rows[0])
      ASSERT_TRUE(all_.contains(each.id));
  }
  void calibrate() {
    for (std::size_t row = 0; index_->wants_nearest(); ++row)
      note_neighbour(*index_, row);
  }

  testing::random_references random_{41};
  std::map<core::uuid, std::vector<float>> all_;
  std::unique_ptr<coded_index> index_;
};

TEST_F(coded_lists_test, are_made_once_a_search_can_do_with_them) {
  start(8);
  fill(4'096);
  keep_up();
  EXPECT_EQ(search(all_.begin()->second, 1, proved_recall).exact, exactness::proved);
  EXPECT_EQ(index_->next_errand(), nullptr);
  EXPECT_EQ(search(all_.begin()->second, 1).exact, exactness::proved); // there are none yet
  const auto before = index_->memory().total();
  make_lists();
  EXPECT_EQ(search(all_.begin()->second, 1).exact, exactness::approximate);
  EXPECT_EQ(search(all_.begin()->second, 1, proved_recall).exact, exactness::proved);
  EXPECT_GT(index_->memory().total(), before + 4'096 * 8);
}

TEST_F(coded_lists_test, hold_every_row_through_changes) {
  start(8);
  fill(6'000);
  make_lists();
  expect_all_found();
  for (int round = 0; round < 3'000; ++round) {
    const auto what = random_.below(4);
    if (what == 0)
      put();
    else if (what == 1)
      put(any(), random_.embedding_within(16, dimension));
    else if (all_.size() > 4'200)
      remove(any());
    if (round % 500 == 0)
      run_errand();
  }
  expect_all_found();
  make_lists();
  expect_all_found();
}

TEST_F(coded_lists_test, know_no_row_that_is_gone) {
  start(64);
  fill(2'560);
  make_lists();
  while (all_.size() > 2'500) {
    remove(any());
    std::set<core::uuid> found;
    const auto answer = search(all_.begin()->second, 2'560);
    for (const auto& each : answer.rows[0])
      EXPECT_TRUE(found.insert(each.id).second);
    EXPECT_TRUE(std::ranges::all_of(found, [this](const auto& id) { return all_.contains(id); }));
  }
}

TEST_F(coded_lists_test, take_no_row_that_changed_while_it_was_sorted) {
  start(8);
  fill(4'096);
  keep_up();
  (void)search(all_.begin()->second, 1);
  ASSERT_TRUE(run_errand()); // the centres
  for (int round = 0; round < 8; ++round) {
    const auto errand = index_->next_errand();
    if (errand == nullptr)
      break;
    errand->run();
    for (int i = 0; i < 20; ++i) {
      put(any(), random_.embedding_within(16, dimension));
      remove(any());
    }
    index_->finish(*errand);
  }
  make_lists();
  expect_all_found();
}

TEST_F(coded_lists_test, look_as_far_as_the_recall_takes) {
  start();
  fill(8'192);
  make_lists();
  EXPECT_EQ(search(all_.begin()->second, 1).exact, exactness::proved); // nothing is known yet
  calibrate();
  EXPECT_FALSE(index_->wants_nearest());
  int met = 0;
  constexpr int probes = 400;
  for (int i = 0; i < probes; ++i) {
    const auto probe = random_.embedding_within(16, dimension);
    const auto answer = search(probe, 1, 0.9F);
    ASSERT_EQ(answer.exact, exactness::approximate);
    met += answer.rows[0] == search(probe, 1, proved_recall).rows[0] ? 1 : 0;
  }
  EXPECT_GE(met, probes * 9 / 10);
}

TEST_F(coded_lists_test, give_the_same_to_many_probes_as_to_each) {
  start(16);
  fill(8'192);
  make_lists();
  std::vector<float> probes;
  for (int i = 0; i < 40; ++i) {
    const auto probe = random_.embedding_within(16, dimension);
    probes.insert(probes.end(), probe.begin(), probe.end());
  }
  const auto together = search(probes, 10);
  for (std::size_t i = 0; i < together.rows.size(); ++i)
    EXPECT_EQ(together.rows[i], search(std::span{probes}.subspan(i * dimension, dimension), 10).rows[0]);
}

TEST_F(coded_lists_test, are_made_anew_where_faces_of_another_kind_come) {
  start(8);
  fill(4'096);
  make_lists();
  EXPECT_EQ(index_->next_errand(), nullptr);
  while (all_.size() < 6'000)
    put(random_.id(), random_.embedding(dimension));
  ASSERT_TRUE(run_errand()); // puts them into the lists, and sees that they are far away
  ASSERT_TRUE(run_errand());
  const auto last = index_->next_errand();
  ASSERT_NE(last, nullptr);
  make_lists();
  expect_all_found();
}

TEST_F(coded_lists_test, go_with_the_transform_that_they_were_made_by) {
  start(8);
  fill(4'096);
  make_lists();
  const auto other = make_mixing_transform(dimension);
  const reference_index::finding found{other};
  while (index_->upkeep(&found)) {
  }
  EXPECT_EQ(search(all_.begin()->second, 1).exact, exactness::proved);
  while (run_errand()) {
  }
  expect_all_found();
}

} // namespace
} // namespace rollcall::shard
