/// The actors of one node on the real scheduler, over a real store, and the calls that a front would make.
#pragma once

#include "actors/node_actors.hpp"
#include "core/metrics.hpp"
#include "shard/codes/similarity.hpp"
#include "shard/merge.hpp"
#include "store/memory_store.hpp"
#include "tests/support/random_references.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <future>

namespace rollcall::testing {

using actors::write_outcome;
using core::error_code;
using namespace std::chrono_literals;

class node_fixture : public ::testing::Test {
protected:
  static constexpr std::size_t dimension = 32;
  static constexpr auto patience = 20s; ///< no test waits that long unless something is wrong

  void TearDown() override { EXPECT_TRUE(!node_ || node_->stop(patience)); }

  /// Starts a node over `owned` (a new memory store if none) and waits until it is ready.
  void start(std::unique_ptr<store::store> owned = nullptr, actors::node_settings settings = {}) {
    start_loading(std::move(owned), settings);
    ASSERT_TRUE(node_->wait_until_ready(core::deadline::in(patience)));
  }

  void start_loading(std::unique_ptr<store::store> owned = nullptr, actors::node_settings settings = {}) {
    if (!owned)
      owned = store::make_memory_store();
    store_ = owned.get();
    if (workers_.empty())
      workers_.push_back({[](core::byte_view, const vision::analyze_options&) -> core::result<vision::analysis> {
        return vision::analysis{};
      }});
    auto started = actors::node_actors::start(settings, workers_, std::move(owned), core::null_metrics());
    ASSERT_TRUE(started);
    node_ = *std::move(started);
  }

  /// Sends a request and waits for its answer. Any thread.
  template <class Reply, class Handle, class Message>
  core::result<Reply> ask(const Handle& whom, Message message) {
    caf::scoped_actor self{node_->system()};
    core::result<Reply> answer = core::error{};
    self->request(whom, patience, std::move(message))
        .receive([&](Reply& reply) { answer = std::move(reply); },
                 [&](caf::error& failed) { answer = actors::to_core(failed); });
    return answer;
  }

  /// Sends a request; its answer comes by the future.
  template <class Reply, class Handle, class Message>
  std::future<core::result<Reply>> ask_later(const Handle& whom, Message message) {
    auto promise = std::make_shared<std::promise<core::result<Reply>>>();
    auto future = promise->get_future();
    node_->system().spawn(
        [](caf::event_based_actor* self, const Handle& target, const Message& what,
           const std::shared_ptr<std::promise<core::result<Reply>>>& into) {
          self->request(target, patience, what)
              .then([into](Reply& reply) { into->set_value(std::move(reply)); },
                    [into](caf::error& failed) { into->set_value(actors::to_core(failed)); });
        },
        whom, std::move(message), promise);
    return future;
  }

  /// A write through STORE; `what` gives core::result<T> with the mutations to push.
  template <class T>
  core::result<T> write(std::function<core::result<T>(store::store&, write_outcome&)> what) {
    auto reply = ask<actors::store_reply>(node_->store(), actors::store_write{[what](store::store& into) {
                                                                                write_outcome outcome;
                                                                                outcome.value = what(into, outcome);
                                                                                return outcome;
                                                                              },
                                                                              core::deadline::in(patience)});
    if (!reply)
      return std::move(reply).failure();
    return std::any_cast<core::result<T>>(reply->value);
  }

  store::collection_record create_collection(const std::string& id, std::uint32_t partitions = 4) {
    store::collection_record record;
    record.key = {next_id()};
    record.id = id;
    record.model_version = "1.0";
    record.partitions = partitions;
    EXPECT_TRUE(write<store::collection_record>(
        [record](store::store& into, write_outcome&) { return into.create_collection(record, {}); }));
    return record;
  }

  store::face_with_embedding make_face() {
    store::face_with_embedding made;
    made.face.id = {next_id()};
    made.face.image = {next_id()};
    made.face.model_version = "1.0";
    made.face.confidence = 99;
    const std::lock_guard lock(random_mutex_);
    made.embedding = random_.embedding(dimension);
    return made;
  }

  core::result<store::added_faces> add(core::collection_key key, std::vector<store::face_with_embedding> faces) {
    return write<store::added_faces>([key, faces](store::store& into, write_outcome& outcome) {
      auto added = into.add_faces(key, faces);
      if (added)
        outcome.mutations = added->mutations;
      return added;
    });
  }

  core::result<store::removed_faces> remove(core::collection_key key, std::vector<core::face_id> ids) {
    return write<store::removed_faces>([key, ids](store::store& from, write_outcome& outcome) {
      auto removed = from.remove_faces(key, ids);
      if (removed)
        outcome.mutations = removed->mutations;
      return removed;
    });
  }

  static actors::query make_query(const store::collection_record& collection, std::vector<float> probe,
                                  std::size_t k = 10) {
    actors::query made{.request = {},
                       .collection = collection.key,
                       .partitions = collection.partitions,
                       .probes = std::move(probe),
                       .until = core::deadline::in(patience)};
    made.dimension = dimension;
    made.k = k;
    return made;
  }

  core::result<actors::query_answer> search(const store::collection_record& collection, std::vector<float> probe,
                                            std::size_t k = 10) {
    return ask<actors::query_answer>(node_->coordinator(), make_query(collection, std::move(probe), k));
  }

  /// True when a search with the face's own embedding finds it first, in a complete and current answer.
  bool is_found(const store::collection_record& collection, const store::face_with_embedding& face) {
    const auto answer = search(collection, face.embedding, 1);
    return answer && answer->covered.is_complete() && answer->covered.is_current && !answer->rows[0].empty()
           && answer->rows[0][0].id == face.face.id.id;
  }

  /// The gallery of the shards equals the store: same size, and searches equal brute force over the store's rows.
  void expect_shards_equal_store(const store::collection_record& collection) {
    std::vector<store::face_with_embedding> all;
    std::optional<core::face_id> after;
    do {
      auto page = store_->list_embeddings(collection.key, after, 1'000);
      ASSERT_TRUE(page);
      all.insert(all.end(), page->rows.begin(), page->rows.end());
      after = page->next;
    } while (after);
    for (int run = 0; run < 10; ++run) {
      const auto probe = make_face().embedding;
      std::vector<shard::hit> expected;
      for (const auto& face : all)
        expected.push_back({face.face.id.id, shard::dot(face.embedding, probe)});
      std::sort(expected.begin(), expected.end(), shard::is_nearer);
      expected.resize(std::min<std::size_t>(expected.size(), 20));
      const auto answer = search(collection, probe, 20);
      ASSERT_TRUE(answer);
      EXPECT_TRUE(answer->covered.is_exact && answer->covered.is_current && answer->covered.is_complete());
      EXPECT_EQ(answer->covered.references, all.size());
      EXPECT_EQ(answer->rows[0], expected);
    }
  }

  core::uuid next_id() {
    const std::lock_guard lock(random_mutex_);
    return random_.id();
  }

  std::mutex random_mutex_;
  random_references random_{61};
  std::vector<actors::vision_worker> workers_;
  store::store* store_ = nullptr; ///< the node's, for looking behind its back
  std::unique_ptr<actors::node_actors> node_;
};

} // namespace rollcall::testing
