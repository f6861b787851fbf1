// Changes that come while a search runs: they wait for none, and every search after them sees them.
#include "shard/deferred_mutations.hpp"

#include "shard/coded_index.hpp"
#include "shard/codes/similarity.hpp"
#include "shard/gallery.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

namespace rollcall::shard {
namespace {

using core::mutation;
using core::reference_kind;

constexpr std::size_t dimension = 16;
constexpr std::chrono::seconds soon{20};

/// Where one search stops until it is let on.
struct halt {
  std::atomic<bool> is_next{false};
  std::latch reached{1};
  std::latch open{1};
};

/// An index of which one search halts on its way.
class halting_index final : public reference_index {
public:
  halting_index(std::size_t size, halt& at) : held_(size), halt_(at) {}

  [[nodiscard]] core::status check(std::span<const float> embedding) const override { return held_.check(embedding); }
  [[nodiscard]] core::status upsert(const core::uuid& id, std::span<const float> embedding,
                                    const known_code& as) override {
    return held_.upsert(id, embedding, as);
  }
  bool remove(const core::uuid& id) override { return held_.remove(id); }
  [[nodiscard]] bool contains(const core::uuid& id) const override { return held_.contains(id); }
  [[nodiscard]] std::optional<std::vector<float>> find(const core::uuid& id) const override { return held_.find(id); }
  [[nodiscard]] std::size_t size() const noexcept override { return held_.size(); }
  [[nodiscard]] std::size_t dimension() const noexcept override { return held_.dimension(); }
  [[nodiscard]] stored at(std::size_t row) const override { return held_.at(row); }
  [[nodiscard]] code_run codes(std::size_t first) const override { return held_.codes(first); }
  [[nodiscard]] std::uint32_t changes(std::size_t first) const override { return held_.changes(first); }
  [[nodiscard]] memory_parts memory() const noexcept override { return held_.memory(); }
  [[nodiscard]] search_outcome search(const probe_matrix& probes, float recall_floor,
                                      std::span<top_k> best) const override {
    const auto outcome = held_.search(probes, recall_floor, best);
    if (halt_.is_next.exchange(false)) {
      halt_.reached.count_down();
      halt_.open.wait();
    }
    return outcome;
  }

private:
  coded_index held_;
  halt& halt_;
};

class deferred_mutations_test : public ::testing::Test {
protected:
  testing::random_references random_{47};
  halt halt_;
  gallery held_{[this](std::size_t size) { return std::make_unique<halting_index>(size, halt_); }};
  core::collection_key key_{random_.id()};
  std::uint64_t seq_ = 0;
  std::future<core::result<search_answer>> halted_;

  ~deferred_mutations_test() override {
    if (halted_.valid())
      (void)let_on();
  }

  mutation put(const core::uuid& id, std::vector<float> as, reference_kind kind = reference_kind::face) {
    return {++seq_, kind, id, std::move(as)};
  }
  mutation put(const core::uuid& id) { return put(id, random_.embedding(dimension)); }
  mutation removal(const core::uuid& id) { return {++seq_, reference_kind::face, id, {}}; }
  core::mutation_batch batch(std::vector<mutation> mutations) const { return {key_, 0, std::move(mutations)}; }

  search_request request(const std::vector<float>& probes, std::size_t k = 5) const {
    search_request made{.request = {},
                        .collection = key_,
                        .partitions = {0},
                        .probes = probes,
                        .dimension = dimension,
                        .until = core::deadline::in(soon)};
    made.k = k;
    return made;
  }
  std::vector<hit> hits(const std::vector<float>& probe, std::size_t k = 5) const {
    const auto answer = held_.search(request(probe, k));
    return answer ? answer->rows[0] : std::vector<hit>{};
  }

  // From here on a search is in the partition.
  void halt_a_search() {
    halt_.is_next = true;
    halted_ =
        std::async(std::launch::async, [this] { return held_.search(request(std::vector<float>(dimension, 0.25F))); });
    halt_.reached.wait();
  }
  core::result<search_answer> let_on() {
    halt_.open.count_down();
    return halted_.get();
  }

  /// What `apply` gives; none: it waited for the search.
  std::optional<core::status> apply_beside(std::vector<mutation> mutations) {
    auto applied = std::async(std::launch::async, [&] { return held_.apply(batch(std::move(mutations))); });
    const bool is_done = applied.wait_for(soon) == std::future_status::ready;
    if (!is_done)
      (void)let_on();
    auto outcome = applied.get();
    return is_done ? std::optional{outcome} : std::nullopt;
  }
};

TEST_F(deferred_mutations_test, a_change_waits_for_no_search_and_is_seen_by_the_next) {
  const auto gone = put(random_.id());
  const auto old = put(random_.id());
  ASSERT_TRUE(held_.apply(batch({gone, old, put(random_.id())})));
  halt_a_search();
  const auto removed = removal(gone.id);
  const auto replaced = put(old.id);
  const auto fresh = put(random_.id());
  const auto done = apply_beside({removed, replaced, fresh, put(random_.id())});
  ASSERT_TRUE(done);
  ASSERT_TRUE(*done);

  const auto look = [&] {
    for (const auto& hit : hits(gone.embedding))
      EXPECT_NE(hit.id, gone.id);
    EXPECT_EQ(hits(replaced.embedding).front(), (hit{old.id, dot(replaced.embedding, replaced.embedding)}));
    EXPECT_EQ(hits(fresh.embedding, 1).front().id, fresh.id);
    const auto answer = held_.search(request(old.embedding));
    EXPECT_EQ(answer->partitions[0].references, 4U);
    EXPECT_EQ(answer->partitions[0].seq, seq_);
    EXPECT_TRUE(answer->partitions[0].is_current);
    EXPECT_EQ(held_.seq(key_, 0), seq_);
    EXPECT_TRUE(held_.find(key_, 0, reference_kind::face, gone.id)->embedding.empty());
    EXPECT_EQ(held_.find(key_, 0, reference_kind::face, old.id)->embedding, replaced.embedding);
    EXPECT_TRUE(held_.find(key_, 0, reference_kind::face, old.id)->is_current);
  };
  look();
  EXPECT_EQ(held_.size().references, 3U);
  const auto before = let_on();
  EXPECT_EQ(before->partitions[0].seq, 3U); // it had begun
  while (held_.upkeep()) {
  }
  EXPECT_EQ(held_.size().references, 4U);
  look();
}

TEST_F(deferred_mutations_test, a_head_is_noted_beside_a_search) {
  ASSERT_TRUE(held_.apply(batch({put(random_.id())})));
  halt_a_search();
  held_.note_head(key_, 0, 3);
  const auto is_current = [&] { return held_.search(request(random_.embedding(dimension)))->partitions[0].is_current; };
  EXPECT_FALSE(is_current());
  ASSERT_TRUE(apply_beside({put(random_.id())}));
  EXPECT_FALSE(is_current());
  ASSERT_TRUE(apply_beside({put(random_.id())}));
  EXPECT_TRUE(is_current());
  (void)let_on();
  held_.note_head(key_, 0, 4);
  (void)held_.upkeep();
  EXPECT_FALSE(is_current());
}

// Whatever is deferred, in any order, answers are those of a gallery that applied it.
TEST_F(deferred_mutations_test, answers_are_those_of_the_same_mutations_applied) {
  gallery other{coded_indexes()};
  std::vector<core::uuid> ids(40);
  std::vector<mutation> first;
  for (auto& id : ids) {
    id = random_.id();
    if (random_.below(2) == 0)
      first.push_back(put(id));
  }
  ASSERT_TRUE(held_.apply(batch(first)));
  ASSERT_TRUE(other.apply(batch(first)));
  halt_a_search();
  for (std::size_t done = 0; done < deferred_mutations::most; ++done) {
    const auto& id = ids[random_.below(ids.size())];
    const auto change = batch({random_.below(2) == 0 ? put(id) : removal(id)});
    ASSERT_TRUE(apply_beside(change.mutations));
    ASSERT_TRUE(other.apply(change));
    auto asked = request(random_.embedding(dimension), 1 + random_.below(30));
    const auto more = random_.embedding(dimension);
    asked.probes.insert(asked.probes.end(), more.begin(), more.end());
    asked.lowest_cosine = random_.below(2) == 0 ? -2.0F : 0.1F;
    const auto answer = held_.search(asked);
    const auto expected = other.search(asked);
    ASSERT_EQ(answer->rows, expected->rows);
    EXPECT_EQ(answer->partitions[0].exact, exactness::proved);
    EXPECT_EQ(answer->partitions[0].references, expected->partitions[0].references);
    EXPECT_EQ(answer->partitions[0].seq, expected->partitions[0].seq);
    EXPECT_EQ(held_.find(key_, 0, reference_kind::face, id)->embedding,
              other.find(key_, 0, reference_kind::face, id)->embedding);
  }
  EXPECT_LT(held_.size().references, 41U);
  (void)let_on();
  while (held_.upkeep()) {
  }
  EXPECT_EQ(held_.size().references, other.size().references);
}

// What is deferred is applied before what is not.
TEST_F(deferred_mutations_test, a_batch_that_has_to_wait_comes_after_them) {
  ASSERT_TRUE(held_.apply(batch({put(random_.id())})));
  halt_a_search();
  ASSERT_TRUE(apply_beside({put(random_.id())}));
  std::vector<mutation> many;
  while (many.size() <= deferred_mutations::most)
    many.push_back(put(random_.id()));
  auto applied = std::async(std::launch::async, [&] { return held_.apply(batch(many)); });
  (void)let_on();
  EXPECT_TRUE(applied.get());
  EXPECT_EQ(held_.seq(key_, 0), seq_);
  EXPECT_EQ(held_.size().references, seq_);
}

TEST_F(deferred_mutations_test, takes_what_the_partition_would_apply_without_a_complaint) {
  partition of{coded_indexes()};
  deferred_mutations deferred;
  EXPECT_FALSE(deferred.take(of, std::vector{put(random_.id())})); // the first of its kind tells the dimension
  ASSERT_TRUE(of.apply(std::vector{mutation{1, reference_kind::face, random_.id(), random_.embedding(dimension)}}));
  EXPECT_TRUE(deferred.take(of, std::vector{put(random_.id())}));
  EXPECT_TRUE(deferred.take(of, std::vector{mutation{1, reference_kind::face, random_.id(), {}}})); // it was before
  EXPECT_EQ(deferred.now().mutations.size(), 1U);
  EXPECT_FALSE(deferred.take(of, std::vector{mutation{seq_ + 2, reference_kind::face, random_.id(), {}}})); // a gap
  EXPECT_FALSE(deferred.take(of, std::vector{put(random_.id(), random_.embedding(8))}));
  seq_ = 2;
  EXPECT_FALSE(deferred.take(of, std::vector{put(random_.id(), std::vector<float>(dimension))}));
  seq_ = 2;
  EXPECT_FALSE(deferred.take(of, std::vector{put(random_.id(), random_.embedding(dimension), reference_kind::user)}));
  of.begin_load();
  seq_ = 0;
  EXPECT_FALSE(deferred.take(of, std::vector{removal(random_.id())}));
}

TEST_F(deferred_mutations_test, a_probe_of_another_model_is_refused) {
  ASSERT_TRUE(held_.apply(batch({put(random_.id())})));
  halt_a_search();
  ASSERT_TRUE(apply_beside({put(random_.id())}));
  auto asked = request(random_.embedding(8));
  asked.dimension = 8;
  const auto answer = held_.search(asked);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.failure().code, core::error_code::model_mismatch);
}

} // namespace
} // namespace rollcall::shard
