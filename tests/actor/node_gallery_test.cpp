// STORE, SHARD and COORDINATOR together: what is acknowledged is found, what is deleted is not, whatever happens
// between.
#include "tests/actor/node_fixture.hpp"

#include <atomic>
#include <limits>
#include <thread>

namespace rollcall::testing {
namespace {

class node_gallery : public node_fixture {
protected:
  std::vector<store::face_with_embedding> make_faces(std::size_t count) {
    std::vector<store::face_with_embedding> made;
    for (std::size_t i = 0; i < count; ++i)
      made.push_back(make_face());
    return made;
  }
};

TEST_F(node_gallery, an_acknowledged_face_is_found_and_a_deleted_one_is_not) {
  start();
  const auto collection = create_collection("people");
  for (int run = 0; run < 50; ++run) {
    const auto face = make_face();
    ASSERT_TRUE(add(collection.key, {face}));
    ASSERT_TRUE(is_found(collection, face));
    ASSERT_TRUE(remove(collection.key, {face.face.id}));
    ASSERT_FALSE(is_found(collection, face));
  }
  ASSERT_TRUE(add(collection.key, make_faces(500)));
  expect_shards_equal_store(collection);
}

// One thread, so that most of them share a pass.
TEST_F(node_gallery, many_at_once_get_their_own_answers_whatever_others_ask) {
  actors::node_settings settings;
  settings.shards = 1;
  settings.shard.workers = 1;
  start(nullptr, settings);
  const auto collection = create_collection("people");
  const auto faces = make_faces(60);
  ASSERT_TRUE(add(collection.key, faces));
  for (int run = 0; run < 10; ++run) {
    std::vector<std::future<core::result<actors::query_answer>>> answers;
    for (std::size_t at = 0; at < faces.size(); ++at) {
      auto probe = faces[at].embedding;
      if (at % 20 == 7)
        probe[3] = std::numeric_limits<float>::quiet_NaN();
      answers.push_back(
          ask_later<actors::query_answer>(node_->coordinator(), make_query(collection, probe, 8 + at % 5)));
    }
    for (std::size_t at = 0; at < faces.size(); ++at) {
      const auto answer = answers[at].get();
      ASSERT_EQ(answer.has_value(), at % 20 != 7) << at;
      if (!answer)
        continue;
      EXPECT_EQ(answer->rows[0].size(), 8 + at % 5);
      EXPECT_EQ(answer->rows[0][0].id, faces[at].face.id.id);
    }
  }
}

TEST_F(node_gallery, an_empty_collection_answers_completely) {
  start();
  const auto collection = create_collection("nobody");
  const auto answer = search(collection, make_face().embedding);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->rows.at(0).empty());
  EXPECT_TRUE(answer->covered.is_complete() && answer->covered.is_current && answer->covered.is_exact);
}

TEST_F(node_gallery, loads_what_the_store_holds) {
  auto filled = store::make_memory_store();
  store::collection_record record{{next_id()}, "people", "1.0", 8, {}};
  ASSERT_TRUE(filled->create_collection(record, {}));
  const auto faces = make_faces(1'000);
  ASSERT_TRUE(filled->add_faces(record.key, faces));
  ASSERT_TRUE(filled->remove_faces(record.key, std::vector{faces[3].face.id}));
  actors::node_settings settings;
  settings.shards = 3;
  settings.shard.page = 17; // several pages a partition
  start(std::move(filled), settings);
  EXPECT_TRUE(is_found(record, faces[0]));
  EXPECT_FALSE(is_found(record, faces[3]));
  expect_shards_equal_store(record);
  const auto status = ask<actors::shard_status>(node_->coordinator(), actors::status_request{});
  ASSERT_TRUE(status);
  EXPECT_TRUE(status->is_ready);
  EXPECT_EQ(status->references, 999U);
  EXPECT_EQ(status->partitions, 8U);
}

TEST_F(node_gallery, writes_during_the_load_are_not_lost) {
  auto filled = store::make_memory_store();
  store::collection_record record{{next_id()}, "people", "1.0", 4, {}};
  ASSERT_TRUE(filled->create_collection(record, {}));
  const auto faces = make_faces(2'000);
  ASSERT_TRUE(filled->add_faces(record.key, faces));
  store::collection_record doomed{{next_id()}, "doomed", "1.0", 4, {}};
  ASSERT_TRUE(filled->create_collection(doomed, {}));
  ASSERT_TRUE(filled->add_faces(doomed.key, make_faces(100)));
  actors::node_settings settings;
  settings.shard.page = 5; // a long load
  start_loading(std::move(filled), settings);
  std::vector<store::face_with_embedding> added;
  for (int i = 0; i < 20; ++i) {
    added.push_back(make_face());
    ASSERT_TRUE(add(record.key, {added.back()}));
    ASSERT_TRUE(remove(record.key, {faces[static_cast<std::size_t>(i) * 90].face.id}));
  }
  ASSERT_TRUE(write<store::collection_record>([](store::store& from, write_outcome& outcome) {
    auto gone = from.delete_collection("doomed");
    if (gone)
      outcome.dropped.push_back({gone->key});
    return gone;
  }));
  ASSERT_TRUE(node_->wait_until_ready(core::deadline::in(patience)));
  for (const auto& face : added)
    EXPECT_TRUE(is_found(record, face));
  EXPECT_FALSE(is_found(record, faces[0]));
  expect_shards_equal_store(record);
  const auto gone = search(doomed, make_face().embedding);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->covered.references, 0U);
}

TEST_F(node_gallery, a_shard_that_missed_mutations_reads_the_tail_before_it_confirms) {
  start();
  const auto collection = create_collection("people");
  const auto missed = make_faces(40);
  ASSERT_TRUE(store_->add_faces(collection.key, missed)); // behind the actor's back: pushed to nobody
  const auto pushed = make_faces(40);                     // enough to touch every partition
  ASSERT_TRUE(add(collection.key, pushed));
  for (const auto& face : missed)
    ASSERT_TRUE(is_found(collection, face));
  for (const auto& face : pushed)
    ASSERT_TRUE(is_found(collection, face));
  expect_shards_equal_store(collection);
}

TEST_F(node_gallery, a_shard_whose_missed_mutations_were_pruned_loads_anew) {
  store::common_settings limits;
  limits.mutations_kept = 5;
  start(store::make_memory_store(limits));
  const auto collection = create_collection("people");
  const auto early = make_faces(40);
  ASSERT_TRUE(add(collection.key, early));
  const auto missed = make_faces(200);
  ASSERT_TRUE(store_->add_faces(collection.key, missed));
  ASSERT_TRUE(store_->remove_faces(collection.key, std::vector{early[0].face.id}));
  ASSERT_TRUE(add(collection.key, make_faces(40)));
  EXPECT_FALSE(is_found(collection, early[0]));
  EXPECT_TRUE(is_found(collection, missed[0]));
  expect_shards_equal_store(collection);
}

TEST_F(node_gallery, a_deleted_collection_is_forgotten) {
  start();
  const auto collection = create_collection("people");
  ASSERT_TRUE(add(collection.key, make_faces(50)));
  ASSERT_TRUE(write<store::collection_record>([](store::store& from, write_outcome& outcome) {
    auto gone = from.delete_collection("people");
    if (gone)
      outcome.dropped.push_back({gone->key});
    return gone;
  }));
  const auto status = ask<actors::shard_status>(node_->coordinator(), actors::status_request{});
  ASSERT_TRUE(status);
  EXPECT_EQ(status->references, 0U);
  EXPECT_EQ(status->partitions, 0U);
}

// Four writers at once, each checking that its own acknowledged writes are seen; meanwhile searches run.
TEST_F(node_gallery, concurrent_writers_are_applied_in_commit_order) {
  actors::node_settings settings;
  settings.shards = 3;
  start(nullptr, settings);
  const auto collection = create_collection("people", 8);
  std::atomic<int> wrong{0};
  const auto work = [&] {
    std::vector<store::face_with_embedding> mine;
    for (int step = 0; step < 60; ++step) {
      mine.push_back(make_face());
      if (!add(collection.key, {mine.back()}) || !is_found(collection, mine.back()))
        ++wrong;
      if (step % 3 != 2)
        continue;
      const auto victim = mine[mine.size() / 2];
      mine.erase(mine.begin() + static_cast<std::ptrdiff_t>(mine.size() / 2));
      if (!remove(collection.key, {victim.face.id}) || is_found(collection, victim))
        ++wrong;
    }
  };
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w)
    writers.emplace_back(work);
  for (auto& writer : writers)
    writer.join();
  EXPECT_EQ(wrong, 0);
  expect_shards_equal_store(collection);
}

TEST_F(node_gallery, a_dead_shard_leaves_answers_incomplete_and_writes_possible) {
  start(); // two SHARD actors
  const auto collection = create_collection("people");
  const auto faces = make_faces(40);
  ASSERT_TRUE(add(collection.key, faces));
  caf::anon_send_exit(node_->shards()[1], caf::exit_reason::kill);
  // The kill and the query race; a query after the first incomplete one finds it dead for certain.
  auto strict = search(collection, faces[0].embedding);
  while (strict)
    strict = search(collection, faces[0].embedding);
  EXPECT_EQ(strict.failure().code, error_code::incomplete);
  auto lenient = make_query(collection, faces[0].embedding, 100);
  lenient.accept_partial = true;
  const auto partial = ask<actors::query_answer>(node_->coordinator(), lenient);
  ASSERT_TRUE(partial);
  EXPECT_EQ(partial->covered.asked, 4U);
  EXPECT_EQ(partial->covered.answered, 2U);
  EXPECT_FALSE(partial->covered.is_exact);
  EXPECT_LT(partial->rows[0].size(), 40U);
  for (const auto& found : partial->rows[0])
    EXPECT_EQ(store::partition_of(found.id, 4) % 2, 0U);
  EXPECT_TRUE(add(collection.key, make_faces(20))); // acknowledged by those who serve
}

TEST_F(node_gallery, a_search_of_another_dimension_is_the_callers_mistake) {
  start();
  const auto collection = create_collection("people");
  ASSERT_TRUE(add(collection.key, make_faces(20)));
  auto bad = make_query(collection, random_.embedding(dimension + 1));
  bad.dimension = dimension + 1;
  const auto answer = ask<actors::query_answer>(node_->coordinator(), bad);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.failure().code, error_code::model_mismatch);
}

} // namespace
} // namespace rollcall::testing
