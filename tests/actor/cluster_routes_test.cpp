// What COORDINATOR and STORE do with the routes of a cluster.
#include "actors/search/coordinator.hpp"
#include "actors/storing/lease_watch.hpp"
#include "actors/storing/mutation_push.hpp"
#include "core/metrics.hpp"
#include "tests/actor/deterministic.hpp"

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;

const core::collection_key collection{core::uuid{{1}}};

shard::search_answer make_answer(const std::vector<std::uint32_t>& partitions, bool has_answered) {
  shard::search_answer made;
  made.rows.resize(1);
  for (const auto partition : partitions)
    made.partitions.push_back({partition, has_answered, true, shard::exactness::proved, 1, 10});
  return made;
}

class cluster_coordinator_test : public testing::deterministic {
protected:
  // What a SHARD actor of another node says.
  struct script {
    bool holds = true;
    bool is_reachable = true;
    int asked = 0;
    std::vector<float> reference = {}; ///< the only one; empty: none
    bool is_current = true;
    bool is_hung = false;
    std::vector<caf::typed_response_promise<shard::found_reference>> owed = {};
  };

  void SetUp() override {
    coordinator_settings settings;
    settings.is_clustered = true;
    coordinator_ = coordinator(system_, {}, settings, core::null_metrics());
  }
  void TearDown() override {
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    for (const auto& one : shards_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    run();
  }

  shard_actor make_shard(script& held) {
    const auto say = [](shard_actor::pointer self, script* kept) -> shard_actor::behavior_type {
      return {
          [kept](const shard::search_request& request) -> caf::result<shard::search_answer> {
            ++kept->asked;
            if (!kept->is_reachable)
              return to_caf(core::fail(core::error_code::unavailable, "The node is out of reach."));
            return make_answer(request.partitions, kept->holds);
          },
          [kept, self](const shard::find_request&) {
            ++kept->asked;
            auto promise = self->make_response_promise<shard::found_reference>();
            if (!kept->is_reachable)
              promise.deliver(to_caf(core::fail(core::error_code::unavailable, "The node is out of reach.")));
            else if (!kept->is_hung)
              promise.deliver(shard::found_reference{kept->reference, kept->is_current});
            else
              kept->owed.push_back(promise); // never kept
            return promise;
          },
          [](const apply_request&) { return applied{}; },
          [](const drop_request&) { return applied{}; },
          [](const status_request&) { return shard_status{}; },
          [](const ready_request&) { return shard_status{}; },
      };
    };
    shards_.push_back(system_.spawn(say, &held));
    return shards_.back();
  }
  void route(std::map<std::string, shard_actor> shards, const std::vector<std::vector<std::string>>& replicas,
             std::vector<std::string> fenced = {}) {
    auto routes = std::make_shared<cluster_routes>();
    routes->fenced = std::move(fenced);
    routes->shards = std::move(shards);
    for (std::uint32_t partition = 0; partition < replicas.size(); ++partition)
      routes->replicas[{collection, partition}] = replicas[partition];
    caf::anon_send(coordinator_, routes_message{std::move(routes)});
    run();
  }
  auto send(bool accept_partial = false) {
    query made{
        .request = {}, .collection = collection, .partitions = 2, .probes = {1, 0}, .until = core::deadline::in(1h)};
    made.dimension = 2;
    made.accept_partial = accept_partial;
    auto sent = ask<query_answer>(coordinator_, std::move(made));
    run();
    return sent;
  }

  auto find(std::uint32_t partition = 0) {
    auto sent = ask<shard::found_reference>(
        coordinator_,
        shard::find_request{collection, partition, core::reference_kind::face, {}, core::deadline::in(1h)});
    run();
    return sent;
  }

  std::vector<shard_actor> shards_;
  coordinator_actor coordinator_;
  script a_;
  script b_;
};

TEST_F(cluster_coordinator_test, a_query_waits_until_somebody_answers_for_each_partition) {
  const auto before = send();
  EXPECT_FALSE(before->is_answered());
  const auto a = make_shard(a_);
  route({{"a", a}}, {{"a"}, {}});
  EXPECT_FALSE(before->is_answered());
  route({{"a", a}}, {{"a"}, {"b"}}); // nobody knows where b is
  EXPECT_FALSE(before->is_answered());
  route({{"a", a}, {"b", make_shard(b_)}}, {{"a"}, {"b"}});
  ASSERT_TRUE(before->is_answered());
  ASSERT_TRUE(*before->answer);
  EXPECT_EQ((*before->answer)->covered.answered, 2U);
  EXPECT_EQ(a_.asked, 1);
  EXPECT_EQ(b_.asked, 1);
}

// Its answers are not current; they are better than none.
TEST_F(cluster_coordinator_test, a_fenced_node_is_asked_when_no_other_answers) {
  const auto a = make_shard(a_);
  const auto b = make_shard(b_);
  route({{"a", a}, {"b", b}}, {{"a", "b"}, {"a", "b"}}, {"a"});
  for (int time = 0; time < 3; ++time) // whoever's turn it is
    EXPECT_EQ((*send()->answer)->covered.answered, 2U);
  EXPECT_TRUE(*find()->answer);
  EXPECT_EQ(a_.asked, 0);
  b_.is_reachable = false;
  EXPECT_EQ((*send()->answer)->covered.answered, 2U);
  EXPECT_TRUE(*find()->answer);
  EXPECT_EQ(a_.asked, 2);
  route({{"a", a}, {"b", b}}, {{"a"}, {"b", "a"}}, {"a"});
  b_.is_reachable = true;
  EXPECT_EQ((*send()->answer)->covered.answered, 2U); // the first by a, as nobody else holds it
  EXPECT_EQ(a_.asked, 3);
}

TEST_F(cluster_coordinator_test, a_reference_is_found_at_the_first_replica_that_can_tell) {
  EXPECT_EQ(find()->code(), core::error_code::unavailable); // nobody answers for it
  route({{"a", make_shard(a_)}, {"b", make_shard(b_)}}, {{"a", "b"}});
  a_.reference = b_.reference = {1, 0};
  EXPECT_EQ((*find()->answer)->embedding, a_.reference);
  EXPECT_EQ(b_.asked, 0);
  a_.is_reachable = false;
  a_.is_current = b_.is_current = false;
  const auto other = find();
  ASSERT_TRUE(*other->answer);
  EXPECT_EQ((*other->answer)->embedding, b_.reference);
  EXPECT_FALSE((*other->answer)->is_current);
  b_.is_reachable = false;
  EXPECT_EQ(find()->code(), core::error_code::unavailable);
}

// One that may have missed a write does not make it so alone.
TEST_F(cluster_coordinator_test, a_reference_is_missing_when_none_that_may_have_it_does) {
  route({{"a", make_shard(a_)}, {"b", make_shard(b_)}}, {{"a", "b"}});
  a_.is_current = b_.is_current = false;
  EXPECT_TRUE((*find()->answer)->embedding.empty());
  EXPECT_EQ(b_.asked, 1);
  b_.reference = {1, 0};
  EXPECT_EQ((*find()->answer)->embedding, b_.reference);
  b_.is_reachable = false;
  EXPECT_EQ(find()->code(), core::error_code::unavailable);
  a_.is_current = true;
  EXPECT_TRUE((*find()->answer)->embedding.empty());
}

TEST_F(cluster_coordinator_test, a_replica_that_hangs_leaves_time_to_the_next) {
  route({{"a", make_shard(a_)}, {"b", make_shard(b_)}}, {{"a", "b"}});
  a_.is_hung = true;
  b_.reference = {1, 0};
  const auto sent = find();
  EXPECT_FALSE(sent->is_answered());
  advance(30min + 1s);
  ASSERT_TRUE(sent->is_answered());
  EXPECT_EQ((*sent->answer)->embedding, b_.reference);
}

TEST_F(cluster_coordinator_test, a_query_that_nobody_can_answer_ends_after_a_while) {
  const auto sent = send();
  advance(4'999ms);
  EXPECT_FALSE(sent->is_answered());
  advance(1ms);
  ASSERT_TRUE(sent->is_answered());
  EXPECT_EQ(sent->code(), core::error_code::incomplete);
}

TEST_F(cluster_coordinator_test, partitions_between_two_places_are_asked_for_again) {
  a_.holds = false;
  route({{"a", make_shard(a_)}}, {{"a"}, {"a"}});
  const auto sent = send();
  EXPECT_FALSE(sent->is_answered());
  advance(50ms);
  EXPECT_FALSE(sent->is_answered());
  EXPECT_EQ(a_.asked, 2);
  a_.holds = true;
  advance(50ms);
  ASSERT_TRUE(sent->is_answered());
  EXPECT_TRUE(*sent->answer && (*sent->answer)->covered.is_complete());
}

TEST_F(cluster_coordinator_test, what_is_out_of_reach_is_tried_again_and_what_answers_takes_its_place) {
  a_.is_reachable = false;
  const auto a = make_shard(a_);
  const auto b = make_shard(b_);
  route({{"a", a}, {"b", b}}, {{"a", "b"}, {"a"}});
  const auto partial = send(true);
  ASSERT_TRUE(partial->is_answered()); // a part of it
  EXPECT_EQ((*partial->answer)->covered.answered, 1U);
  const auto whole = send();
  EXPECT_FALSE(whole->is_answered());
  route({{"a", a}, {"b", b}}, {{"b"}, {"b"}});
  advance(50ms);
  ASSERT_TRUE(whole->is_answered());
  EXPECT_TRUE(*whole->answer);
}

TEST_F(cluster_coordinator_test, it_is_ready_once_it_has_routes) {
  const auto before = ask<shard_status>(coordinator_, status_request{});
  run();
  EXPECT_FALSE((*before->answer)->is_ready);
  route({}, {});
  const auto after = ask<shard_status>(coordinator_, status_request{});
  run();
  EXPECT_TRUE((*after->answer)->is_ready);
}

// -- plain classes

core::mutation_batch make_batch(std::uint32_t partition, std::uint64_t seq) {
  core::mutation change;
  change.seq = seq;
  return {collection, partition, {change}};
}

TEST(split_by_holder, each_node_gets_its_partitions_under_its_longest_lease) {
  const auto pushes = split_by_holder({make_batch(0, 1), make_batch(1, 2), make_batch(2, 3)},
                                      {{{collection, 0}, "a", 100ms},
                                       {{collection, 0}, "b", 0ms},
                                       {{collection, 1}, "a", 300ms},
                                       {{core::collection_key{}, 2}, "a", 900ms}}); // of another collection
  ASSERT_EQ(pushes.size(), 2U);
  EXPECT_EQ(pushes[0].node, "a");
  EXPECT_EQ(pushes[0].lease, 300ms);
  ASSERT_EQ(pushes[0].apply.batches.size(), 2U);
  EXPECT_EQ(pushes[0].apply.batches[1].partition, 1U);
  EXPECT_EQ(pushes[1].node, "b");
  EXPECT_EQ(pushes[1].lease, 0ms);
  EXPECT_EQ(pushes[1].apply.batches.size(), 1U);
}

TEST(lease_watch, a_lease_runs_from_the_first_sight_of_its_number) {
  lease_watch watch;
  const core::steady_time start{};
  EXPECT_EQ(watch.see("a", {7, 3s}, start), 3s);
  EXPECT_EQ(watch.see("a", {7, 3s}, start + 1s), 2s);
  EXPECT_EQ(watch.see("a", {7, 3s}, start + 2'999'500us), 1ms); // rounded up
  EXPECT_EQ(watch.see("a", {7, 3s}, start + 3s), 0s);
  EXPECT_EQ(watch.see("a", {7, 3s}, start + 1h), 0s);
  EXPECT_EQ(watch.see("a", {8, 2s}, start + 1h), 2s);
  EXPECT_EQ(watch.see("a", {9, 0s}, start + 1h), 0s); // given back
  EXPECT_EQ(watch.see("b", {8, 2s}, start + 2h), 2s);
  EXPECT_EQ(watch.see("never", {0, 0s}, start), 0s);
}

} // namespace
} // namespace rollcall::actors
