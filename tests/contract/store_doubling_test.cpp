// Doubling of a collection's partitions over every store: each id is in one partition of each range, tails go on
// without a gap, whoever writes meanwhile.
#include "store/store.hpp"

#include "tests/contract/store_fixture.hpp"

#include <map>
#include <set>
#include <thread>

namespace rollcall::store::testing {

namespace {

using held_references = std::map<core::uuid, std::vector<float>>;

// A partition as a shard holds it: the rows, then the mutations after the head that was there before.
class replica {
public:
  replica(store& from, core::collection_key key, partition_head head)
      : store_(from), key_(key), part_(head.partition), seq_(head.seq) {
    std::optional<std::pair<reference_kind, core::uuid>> after;
    do {
      const auto page = store_.list_references(key_, part_, after, 7);
      EXPECT_TRUE(page) << why(page);
      if (!page)
        return;
      for (const auto& one : page->references)
        held_[one.id] = one.embedding;
      after = page->next;
    } while (after);
  }

  /// Takes what is there now. False when a number was skipped or repeated, or the tail failed.
  [[nodiscard]] bool follow() {
    for (;;) {
      const auto batch = store_.tail_mutations(key_, part_, seq_, 5);
      if (!batch || batch->mutations.empty())
        return batch.has_value();
      for (const auto& change : batch->mutations) {
        if (change.seq != ++seq_)
          return false;
        if (change.embedding.empty())
          held_.erase(change.id);
        else
          held_[change.id] = change.embedding;
      }
    }
  }
  [[nodiscard]] std::uint32_t part() const { return part_; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] const held_references& held() const { return held_; }

private:
  store& store_;
  core::collection_key key_;
  std::uint32_t part_;
  std::uint64_t seq_;
  held_references held_;
};

class store_doubling : public store_contract {
protected:
  partition_shape look() {
    const auto found = store_->find_shape("c1");
    EXPECT_TRUE(found) << why(found);
    return found ? found->shape : partition_shape{};
  }
  collection_shape take(doubling_step step) {
    for (;;) {
      const auto taken = store_->take_doubling_step("c1", step, look());
      EXPECT_TRUE(taken) << why(taken);
      if (!taken)
        return {};
      const bool is_forgetting = step == doubling_step::end || step == doubling_step::give_up;
      if (!is_forgetting || taken->now.shape.stage == doubling_stage::none)
        return taken->now;
    }
  }
  std::map<std::uint32_t, std::uint64_t> heads() {
    std::map<std::uint32_t, std::uint64_t> found;
    const auto listed = store_->list_heads();
    EXPECT_TRUE(listed) << why(listed);
    for (const auto& one : *listed)
      found.emplace(one.partition, one.seq);
    return found;
  }
  std::vector<replica> load(core::collection_key key, const partition_range& range) {
    std::vector<replica> loaded;
    for (const auto& [part, seq] : heads())
      if (range.contains(part))
        loaded.emplace_back(*store_, key, partition_head{key, part, seq});
    EXPECT_EQ(loaded.size(), range.count);
    return loaded;
  }
  // What is in the partitions is `wanted`, each id where its hash says.
  void expect_split(std::vector<replica>& replicas, const partition_range& range, const held_references& wanted) {
    held_references all;
    for (auto& one : replicas) {
      EXPECT_TRUE(one.follow()) << "partition " << one.part();
      EXPECT_EQ(one.seq(), heads().at(one.part()));
      for (const auto& [id, embedding] : one.held()) {
        EXPECT_EQ(range.number_of(id), one.part());
        EXPECT_TRUE(all.emplace(id, embedding).second) << "twice";
      }
    }
    EXPECT_EQ(all, wanted);
  }
};

held_references faces(std::uint64_t from, std::uint64_t to) {
  held_references made;
  for (auto seed = from; seed < to; ++seed) {
    const auto face = make_face(seed);
    made.emplace(face.face.id.id, face.embedding);
  }
  return made;
}

TEST_P(store_doubling, each_stage_has_every_id_once_in_each_range) {
  const auto key = add_collection("c1", 2);
  for (std::uint64_t seed = 0; seed < 40; ++seed)
    add_face(key, seed);
  const partition_range old{0, 2};
  auto before = load(key, old);

  const auto building = take(doubling_step::begin);
  EXPECT_EQ(building.shape, (partition_shape{old, doubling_stage::building, 2}));
  EXPECT_EQ(building.dimension, 16U);
  const partition_range made{2, 4};
  EXPECT_EQ(building.shape.beside(), made);
  auto after = load(key, made);
  for (std::uint64_t seed = 40; seed < 60; ++seed)
    add_face(key, seed);
  const auto gone = make_face(3).face.id;
  ASSERT_SUCCESS(store_->remove_faces(key, {&gone, 1}));
  auto wanted = faces(0, 60);
  wanted.erase(gone.id);
  expect_split(before, old, wanted);
  expect_split(after, made, wanted);
  auto late = load(key, made);
  expect_split(late, made, wanted);

  const auto leaving = take(doubling_step::serve);
  EXPECT_EQ(leaving.collection.partitions, 4U);
  EXPECT_EQ(leaving.collection.first_partition, 2U);
  EXPECT_EQ(store_->find_collection("c1")->first_partition, 2U);
  store_.reopen();
  for (std::uint64_t seed = 60; seed < 80; ++seed)
    add_face(key, seed);
  wanted.merge(faces(60, 80));
  auto still = load(key, old);
  expect_split(still, old, wanted);
  auto served = load(key, made);
  expect_split(served, made, wanted);

  EXPECT_EQ(take(doubling_step::end).shape, (partition_shape{made, doubling_stage::none, 6}));
  EXPECT_FAILURE(store_->list_references(key, 0, std::nullopt, 1), not_found);
  EXPECT_FAILURE(store_->tail_mutations(key, 1, 0, 1), not_found);
  for (std::uint64_t seed = 80; seed < 90; ++seed)
    add_face(key, seed);
  wanted.merge(faces(80, 90));
  EXPECT_EQ(heads().size(), 4U);
  auto rest = load(key, made);
  expect_split(rest, made, wanted);
  EXPECT_EQ(store_->count(key)->faces, wanted.size());
}

TEST_P(store_doubling, a_write_tells_what_the_tails_say) {
  const auto key = add_collection("c1", 2);
  take(doubling_step::begin);
  std::vector<face_with_embedding> many; // enough for PostgreSQL's COPY
  for (std::uint64_t seed = 0; seed < 50; ++seed)
    many.push_back(make_face(seed));
  const auto added = store_->add_faces(key, many);
  ASSERT_SUCCESS(added);
  std::map<std::uint32_t, std::size_t> put;
  for (const auto& batch : added->mutations) {
    const auto tail = store_->tail_mutations(key, batch.partition, batch.mutations.front().seq - 1, 100);
    ASSERT_SUCCESS(tail);
    ASSERT_EQ(tail->mutations.size(), batch.mutations.size()) << "partition " << batch.partition;
    for (std::size_t at = 0; at < batch.mutations.size(); ++at) {
      EXPECT_EQ(tail->mutations[at].seq, batch.mutations[at].seq);
      EXPECT_EQ(tail->mutations[at].id, batch.mutations[at].id);
      EXPECT_EQ(tail->mutations[at].embedding, batch.mutations[at].embedding) << "partition " << batch.partition;
      put[batch.partition < 2 ? 0 : 1] += batch.mutations[at].embedding.empty() ? 0 : 1;
    }
  }
  EXPECT_EQ(put, (std::map<std::uint32_t, std::size_t>{{0, 50}, {1, 50}}));
}

TEST_P(store_doubling, users_are_followed_and_counted) {
  const auto key = add_collection("c1", 1);
  const std::vector<core::face_id> ids{add_face(key, 1), add_face(key, 2)};
  ASSERT_SUCCESS(store_->create_user(key, "u", {}));
  take(doubling_step::begin);
  auto after = load(key, {1, 2});
  ASSERT_SUCCESS(store_->associate_faces(key, "u", ids, -1, {}));
  ASSERT_SUCCESS(store_->disassociate_faces(key, "u", {ids.data(), 1}, {}));
  take(doubling_step::serve);
  take(doubling_step::end);
  const auto [user, vector] = *store_->find_user(key, "u");
  EXPECT_FALSE(vector.empty());
  auto wanted = faces(1, 3);
  wanted.emplace(user.key.id, vector);
  expect_split(after, {1, 2}, wanted);
  EXPECT_EQ(store_->count(key)->users, 1U);
  ASSERT_SUCCESS(store_->delete_user(key, "u", {}));
  EXPECT_EQ(store_->count(key)->users, 0U);
}

TEST_P(store_doubling, what_is_given_up_leaves_nothing_behind) {
  const auto key = add_collection("c1", 2);
  for (std::uint64_t seed = 0; seed < 10; ++seed)
    add_face(key, seed);
  take(doubling_step::begin);
  add_face(key, 10);
  EXPECT_EQ(take(doubling_step::give_up).shape, (partition_shape{{0, 2}, doubling_stage::none, 6}));
  EXPECT_EQ(heads().size(), 2U);
  add_face(key, 11);
  take(doubling_step::begin);     // and once more
  auto after = load(key, {6, 4}); // under numbers that nobody can have kept
  expect_split(after, {6, 4}, faces(0, 12));
  take(doubling_step::serve);
  EXPECT_EQ(take(doubling_step::end).shape, (partition_shape{{6, 4}, doubling_stage::none, 10}));
  expect_split(after, {6, 4}, faces(0, 12));
  EXPECT_EQ(store_->count(key)->faces, 12U);
}

TEST_P(store_doubling, refuses_what_is_out_of_turn_or_too_many) {
  add_collection("c1", 2);
  const auto first = look();
  EXPECT_FAILURE(store_->take_doubling_step("none", doubling_step::begin, first), not_found);
  for (const auto step : {doubling_step::serve, doubling_step::end, doubling_step::give_up})
    EXPECT_FAILURE(store_->take_doubling_step("c1", step, first), conflict);
  const auto building = take(doubling_step::begin).shape;
  for (const auto step : {doubling_step::begin, doubling_step::end})
    EXPECT_FAILURE(store_->take_doubling_step("c1", step, building), conflict);
  take(doubling_step::give_up);
  take(doubling_step::begin);
  EXPECT_FAILURE(store_->take_doubling_step("c1", doubling_step::serve, building), conflict); // it is another one
  ASSERT_SUCCESS(store_->delete_collection("c1"));
  EXPECT_TRUE(heads().empty());
  ASSERT_SUCCESS(store_->create_collection(make_collection("c2", 65'536), {}));
  EXPECT_FAILURE(store_->take_doubling_step("c2", doubling_step::begin, store_->find_shape("c2")->shape),
                 invalid_argument);
}

// Doublings 2 → 4 → 8 → 16 beneath writers, and a reader that follows every range from its beginning to its end.
TEST_P(store_doubling, writers_and_followers_meet_no_gap_and_no_double) {
  const auto key = add_collection("c1", 2);
  std::atomic<bool> is_writing = true;
  std::vector<std::thread> writers;
  std::vector<held_references> written(4);
  for (std::size_t writer = 0; writer < written.size(); ++writer)
    writers.emplace_back([&, writer] {
      for (std::uint64_t seed = writer * 100'000; is_writing; seed += 2) {
        const std::vector<face_with_embedding> two{make_face(seed), make_face(seed + 1)};
        const auto added = store_->add_faces(key, two);
        EXPECT_TRUE(added) << why(added);
        const auto removed = store_->remove_faces(key, {&two[1].face.id, 1});
        EXPECT_TRUE(removed) << why(removed);
        if (!added || !removed)
          return;
        written[writer].emplace(two[0].face.id.id, two[0].embedding);
      }
    });
  std::vector<replica> followed = load(key, {0, 2});
  const auto follow_all = [&] {
    for (auto& one : followed)
      EXPECT_TRUE(one.follow()) << "partition " << one.part();
  };
  partition_range range{0, 2};
  while (range.count < 16) {
    take(doubling_step::begin);
    const auto doubled = look().doubled();
    auto next = load(key, doubled);
    const auto until = heads().at(range.first) + 30; // writes meanwhile
    while (heads().at(range.first) < until && !HasFailure())
      follow_all();
    take(doubling_step::serve);
    follow_all();
    range = doubled;
    take(doubling_step::end);
    followed = std::move(next);
    follow_all();
  }
  is_writing = false;
  for (auto& one : writers)
    one.join();
  held_references wanted;
  for (auto& one : written)
    wanted.merge(one);
  expect_split(followed, range, wanted);
  auto anew = load(key, range);
  expect_split(anew, range, wanted);
  EXPECT_EQ(store_->count(key)->faces, wanted.size());
}

} // namespace

ROLLCALL_OVER_ALL_STORES(store_doubling);

} // namespace rollcall::store::testing
