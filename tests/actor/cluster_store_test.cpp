// STORE in a cluster: a write is acknowledged when all who answer for its partitions have it, or may not answer any
// more.
#include "tests/actor/node_fixture.hpp"

namespace rollcall::testing {
namespace {

using namespace actors;

class cluster_store_test : public ::testing::Test {
protected:
  cluster_store_test() {
    store_settings settings;
    settings.holders =
        [this](const std::vector<core::mutation_batch>& mutations) -> core::result<std::vector<partition_holder>> {
      const std::lock_guard lock(mutex_);
      if (failures_-- > 0)
        return core::fail(error_code::unavailable, "The database is away.");
      std::vector<partition_holder> found;
      for (const auto& batch : mutations)
        for (const auto& [node, lease] : leases_)
          found.push_back({{batch.collection, batch.partition}, node, lease, 7});
      return found;
    };
    settings.fence.begin = [this](const std::string& node, std::uint64_t lease) { note(node + " begins", lease); };
    settings.fence.end = [this](const std::string& node) { note(node + " ends", 0); };
    store_ = actors::store(system_, store::make_memory_store(), settings, core::null_metrics());
    auto routes = std::make_shared<cluster_routes>();
    for (const auto* name : {"a", "b"})
      routes->shards.emplace(name, make_shard(name));
    caf::anon_send(store_, routes_message{std::move(routes)});
    collection_.key = {random_.id()};
    collection_.id = "c";
    collection_.model_version = "1.0";
    write([this](store::store& into, write_outcome&) { return into.create_collection(collection_, {}).has_value(); });
  }
  ~cluster_store_test() override {
    for (auto& one : shards_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    caf::anon_send_exit(store_, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();
  }

  // It keeps what it is told in mind, and confirms it when it is to.
  shard_actor make_shard(const std::string& given) {
    const auto listen = [this](shard_actor::pointer self, const std::string& name) -> shard_actor::behavior_type {
      return {
          [](const shard::search_request&) { return shard::search_answer{}; },
          [](const shard::find_request&) { return shard::found_reference{}; },
          [this, name, self](const apply_request& request) {
            auto promise = self->make_response_promise<applied>();
            const std::lock_guard lock(mutex_);
            told_[name] += request.batches.size();
            if (!silent_.contains(name))
              promise.deliver(applied{});
            else
              owed_.push_back(promise); // never kept
            return promise;
          },
          [](const drop_request&) { return applied{}; },
          [](const status_request&) { return shard_status{}; },
          [](const ready_request&) { return shard_status{}; },
      };
    };
    shards_.push_back(system_.spawn(listen, given));
    return shards_.back();
  }

  std::future<core::result<store_reply>> begin(std::function<bool(store::store&, write_outcome&)> what,
                                               std::chrono::milliseconds within = 20s) {
    return std::async(std::launch::async, [this, what, within] {
      caf::scoped_actor self{system_};
      core::result<store_reply> answer = core::error{};
      self->request(store_, 20s,
                    store_write{[what](store::store& into) {
                                  write_outcome outcome;
                                  outcome.value = what(into, outcome);
                                  return outcome;
                                },
                                core::deadline::in(within)})
          .receive([&](store_reply& reply) { answer = std::move(reply); },
                   [&](caf::error& failed) { answer = to_core(failed); });
      return answer;
    });
  }
  void write(std::function<bool(store::store&, write_outcome&)> what) {
    const auto reply = begin(std::move(what)).get();
    ASSERT_TRUE(reply) << reply.failure().message;
    EXPECT_TRUE(std::any_cast<bool>(reply->value));
  }
  std::future<core::result<store_reply>> add(std::chrono::milliseconds within = 20s) {
    store::face_with_embedding face;
    face.face.id = {random_.id()};
    face.face.image = {random_.id()};
    face.face.model_version = "1.0";
    face.embedding = random_.embedding(8);
    return begin(
        [face, key = collection_.key](store::store& into, write_outcome& outcome) {
          auto added = into.add_faces(key, {&face, 1});
          if (added)
            outcome.mutations = added->mutations;
          return added.has_value();
        },
        within);
  }
  std::size_t told(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return told_[name];
  }

  void note(const std::string& what, std::uint64_t lease) {
    const std::lock_guard lock(mutex_);
    fences_.emplace_back(what, lease);
    fenced_.notify_all();
  }
  using fences = std::vector<std::pair<std::string, std::uint64_t>>;
  /// Once there are so many.
  fences wait_for_fences(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(fenced_.wait_for(lock, 20s, [&] { return fences_.size() >= count; }));
    return fences_;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  random_references random_{5};
  store::collection_record collection_;
  std::mutex mutex_;
  std::condition_variable fenced_;
  fences fences_;
  std::map<std::string, std::chrono::milliseconds> leases_;
  std::set<std::string> silent_;
  std::map<std::string, std::size_t> told_;
  std::vector<caf::typed_response_promise<applied>> owed_;
  int failures_ = 0;
  std::vector<shard_actor> shards_;
  store_actor store_;
};

TEST_F(cluster_store_test, every_holder_is_told) {
  leases_ = {{"a", 1h}, {"b", 1h}};
  ASSERT_TRUE(add().get());
  EXPECT_EQ(told("a"), 1U);
  EXPECT_EQ(told("b"), 1U);
  leases_ = {};
  ASSERT_TRUE(add().get()); // nobody answers for it
  EXPECT_EQ(told("a"), 1U);
}

TEST_F(cluster_store_test, a_silent_holder_holds_up_a_write_until_its_lease_is_over) {
  leases_ = {{"a", 1h}, {"b", 300ms}};
  silent_ = {"b"};
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(add().get());
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 300ms);
  leases_["b"] = 0ms;
  ASSERT_TRUE(add().get()); // and no write after that, though it is still told
  EXPECT_EQ(told("a"), 2U);
}

TEST_F(cluster_store_test, who_did_not_confirm_while_its_lease_ran_is_to_be_fenced_until_it_confirms) {
  leases_ = {{"a", 1h}, {"b", 100ms}};
  silent_ = {"b"};
  ASSERT_TRUE(add().get());
  EXPECT_EQ(wait_for_fences(1), (fences{{"b begins", 7}}));
  ASSERT_TRUE(add().get()); // soon after: it is not asked for again
  {
    const std::lock_guard lock(mutex_);
    silent_ = {};
  }
  for (const auto until = core::deadline::in(20s); wait_for_fences(1).size() < 2 && !until.has_passed();)
    ASSERT_TRUE(add().get()); // not at once: the wish before may be under way
  EXPECT_EQ(wait_for_fences(2), (fences{{"b begins", 7}, {"b ends", 0}}));
  ASSERT_TRUE(add().get());
  EXPECT_EQ(wait_for_fences(2).size(), 2U);
}

TEST_F(cluster_store_test, a_holder_that_is_not_known_holds_up_a_write_as_well) {
  leases_ = {{"a", 1h}, {"elsewhere", 200ms}};
  const auto begun = std::chrono::steady_clock::now();
  ASSERT_TRUE(add().get());
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 200ms);
}

TEST_F(cluster_store_test, who_has_to_be_told_is_asked_until_it_is_known) {
  leases_ = {{"a", 1h}};
  failures_ = 3;
  ASSERT_TRUE(add().get());
  EXPECT_EQ(told("a"), 1U);
  failures_ = 1'000'000;
  const auto unknown = add(200ms).get();
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.failure().code, error_code::outcome_unknown);
}

} // namespace
} // namespace rollcall::testing
