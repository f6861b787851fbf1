#include "actors/search/coordinator.hpp"

#include "actors/reply_table.hpp"
#include "core/metrics.hpp"
#include "tests/actor/deterministic.hpp"
#include "tests/support/random_references.hpp"

namespace rollcall::actors {
namespace {

using core::error_code;
using namespace std::chrono_literals;

// A SHARD actor that does as the test says: holds requests until they are answered by hand.
struct scripted_shard {
  caf::actor home;
  std::vector<shard::search_request> searches;
  std::vector<caf::typed_response_promise<shard::search_answer>> owed;
  std::uint64_t references = 0;

  // Answers the oldest search held: one hit in every partition asked.
  void answer(shard::hit nearest, bool has_answered = true, bool is_current = true,
              shard::exactness exact = shard::exactness::proved) {
    shard::search_answer made;
    made.rows.assign(searches.front().probes.size() / searches.front().dimension, {nearest});
    for (const auto partition : searches.front().partitions)
      made.partitions.push_back({partition, has_answered, is_current, exact, 1, references});
    settle(std::move(made));
  }
  void refuse(error_code code) { settle(core::fail(code, "refused")); }
  void settle(core::result<shard::search_answer> outcome) {
    caf::anon_send(home, testing::script_step{[promise = owed.front(), outcome]() mutable {
                     reply_table<shard::search_answer>::answer(promise, outcome);
                   }});
    searches.erase(searches.begin());
    owed.erase(owed.begin());
  }
};

class coordinator_test : public testing::deterministic {
protected:
  static constexpr std::size_t shard_count = 3;

  void SetUp() override {
    for (auto& script : scripts_) {
      script = std::make_shared<scripted_shard>();
      using scripted = shard_actor::extend<caf::reacts_to<testing::script_step>>;
      shards_.push_back(system_.spawn(
          [](scripted::pointer self, const std::shared_ptr<scripted_shard>& held) -> scripted::behavior_type {
            held->home = caf::actor_cast<caf::actor>(self);
            return {
                [self, held](const shard::search_request& request) {
                  held->searches.push_back(request);
                  held->owed.push_back(self->make_response_promise<shard::search_answer>());
                  return held->owed.back();
                },
                [](const shard::find_request&) { return shard::found_reference{}; },
                [](const apply_request&) { return applied{}; },
                [](const drop_request&) { return applied{}; },
                [held](const status_request&) {
                  return shard_status{true, 1, held->references, {10}};
                },
                [](const ready_request&) { return shard_status{}; },
                [](const testing::script_step& step) { step.act(); },
            };
          },
          script));
    }
    start({});
  }

  void TearDown() override {
    caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    for (const auto& one : shards_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    run();
    for (auto& script : scripts_)
      *script = {};
  }

  void start(coordinator_settings settings) {
    if (coordinator_)
      caf::anon_send_exit(coordinator_, caf::exit_reason::user_shutdown);
    coordinator_ = coordinator(system_, shards_, settings, core::null_metrics());
    run();
  }

  static query make_query(std::uint32_t partitions, bool accept_partial = false) {
    query made{.request = {},
               .collection = {},
               .partitions = partitions,
               .probes = {1, 0, 0, 1},
               .until = core::deadline::in(1s)};
    made.dimension = 2;
    made.k = 2;
    made.accept_partial = accept_partial;
    return made;
  }

  auto send(query what) {
    auto sent = ask<query_answer>(coordinator_, std::move(what));
    run();
    return sent;
  }

  shard::hit make_hit(float cosine) { return {random_.id(), cosine}; }

  testing::random_references random_{51};
  std::array<std::shared_ptr<scripted_shard>, shard_count> scripts_;
  std::vector<shard_actor> shards_;
  coordinator_actor coordinator_;
};

TEST_F(coordinator_test, asks_each_shard_once_for_all_its_partitions_and_merges) {
  const auto sent = send(make_query(8));
  ASSERT_EQ(scripts_[0]->searches.size(), 1U);
  EXPECT_EQ(scripts_[0]->searches[0].partitions, (std::vector<std::uint32_t>{0, 3, 6}));
  EXPECT_EQ(scripts_[1]->searches[0].partitions, (std::vector<std::uint32_t>{1, 4, 7}));
  EXPECT_EQ(scripts_[2]->searches[0].partitions, (std::vector<std::uint32_t>{2, 5}));
  EXPECT_EQ(scripts_[2]->searches[0].k, 2U);

  const auto best = make_hit(0.9F);
  const auto second = make_hit(0.8F);
  for (auto& script : scripts_)
    script->references = 10;
  scripts_[1]->answer(second);
  scripts_[2]->answer(make_hit(0.7F));
  run();
  EXPECT_FALSE(sent->is_answered());
  scripts_[0]->answer(best);
  run();
  ASSERT_TRUE(sent->is_answered());
  const auto& answer = **sent->answer;
  EXPECT_EQ(answer.rows, (std::vector<std::vector<shard::hit>>{{best, second}, {best, second}}));
  EXPECT_EQ(answer.covered.asked, 8U);
  EXPECT_TRUE(answer.covered.is_complete());
  EXPECT_TRUE(answer.covered.is_exact);
  EXPECT_TRUE(answer.covered.is_current);
  EXPECT_EQ(answer.covered.references, 80U);
}

TEST_F(coordinator_test, leaves_out_shards_without_a_partition) {
  const auto sent = send(make_query(1));
  EXPECT_TRUE(scripts_[1]->searches.empty());
  scripts_[0]->answer(make_hit(0.5F));
  run();
  EXPECT_TRUE(sent->is_answered() && *sent->answer);
}

TEST_F(coordinator_test, one_weak_partition_weakens_the_whole) {
  auto sent = send(make_query(3));
  scripts_[0]->answer(make_hit(0.1F));
  scripts_[1]->answer(make_hit(0.1F), true, false);
  scripts_[2]->answer(make_hit(0.1F), true, true, shard::exactness::approximate);
  run();
  ASSERT_TRUE(sent->is_answered() && *sent->answer);
  EXPECT_TRUE((*sent->answer)->covered.is_complete());
  EXPECT_FALSE((*sent->answer)->covered.is_current);
  EXPECT_FALSE((*sent->answer)->covered.is_exact);
}

TEST_F(coordinator_test, a_late_shard_makes_the_answer_incomplete) {
  const auto strict = send(make_query(3));
  const auto lenient = send(make_query(3, true));
  const auto best = make_hit(0.9F);
  for (int i = 0; i < 2; ++i) {
    scripts_[0]->answer(best);
    scripts_[1]->answer(make_hit(0.8F));
  }
  run();
  EXPECT_FALSE(strict->is_answered());
  advance(1'100ms);
  ASSERT_TRUE(strict->is_answered());
  EXPECT_EQ(strict->code(), error_code::incomplete);
  EXPECT_NE(strict->answer->failure().message.find("2 of 3"), std::string::npos);
  ASSERT_TRUE(lenient->is_answered() && *lenient->answer);
  const auto& partial = **lenient->answer;
  EXPECT_EQ(partial.covered.answered, 2U);
  EXPECT_FALSE(partial.covered.is_complete());
  EXPECT_FALSE(partial.covered.is_exact);
  EXPECT_FALSE(partial.covered.is_current);
  EXPECT_EQ(partial.rows[0].front(), best);
}

TEST_F(coordinator_test, a_shard_that_dies_in_the_middle_is_missed_at_once) {
  const auto sent = send(make_query(3));
  scripts_[0]->answer(make_hit(0.9F));
  scripts_[1]->answer(make_hit(0.8F));
  kill(shards_[2]); // holds the query; nobody would answer it
  ASSERT_TRUE(sent->is_answered());
  EXPECT_EQ(sent->code(), error_code::incomplete);
  // And the next query finds it dead.
  const auto next = send(make_query(3, true));
  scripts_[0]->answer(make_hit(0.9F));
  scripts_[1]->answer(make_hit(0.8F));
  run();
  ASSERT_TRUE(next->is_answered() && *next->answer);
  EXPECT_EQ((*next->answer)->covered.answered, 2U);
}

TEST_F(coordinator_test, a_loading_partition_is_not_covered) {
  const auto sent = send(make_query(3));
  scripts_[0]->answer(make_hit(0.9F));
  scripts_[1]->answer(make_hit(0.9F));
  scripts_[2]->answer(make_hit(0.9F), false);
  run();
  EXPECT_EQ(sent->code(), error_code::incomplete);
}

TEST_F(coordinator_test, when_nobody_answers_the_reason_is_told) {
  const auto loading = send(make_query(3, true));
  for (auto& script : scripts_)
    script->refuse(error_code::not_ready);
  const auto late = send(make_query(3));
  advance(1'100ms);
  EXPECT_EQ(loading->code(), error_code::not_ready);
  EXPECT_EQ(late->code(), error_code::deadline_exceeded);
}

TEST_F(coordinator_test, the_callers_mistake_outranks_everything) {
  const auto sent = send(make_query(3, true));
  scripts_[0]->answer(make_hit(0.9F));
  scripts_[1]->refuse(error_code::overloaded);
  scripts_[2]->refuse(error_code::model_mismatch);
  run();
  EXPECT_EQ(sent->code(), error_code::model_mismatch);
}

TEST_F(coordinator_test, refuses_what_is_too_much_or_malformed) {
  coordinator_settings settings;
  settings.outstanding = 2;
  start(settings);
  const auto first = send(make_query(3));
  const auto second = send(make_query(3));
  const auto third = send(make_query(3));
  EXPECT_FALSE(second->is_answered());
  EXPECT_EQ(third->code(), error_code::overloaded);
  for (auto& script : scripts_)
    script->answer(make_hit(0.5F));
  run();
  EXPECT_TRUE(first->is_answered());
  EXPECT_FALSE(send(make_query(3))->is_answered()); // there is room again

  auto bad = make_query(3);
  bad.probes.pop_back();
  EXPECT_EQ(send(bad)->code(), error_code::invalid_argument);
  bad = make_query(0);
  EXPECT_EQ(send(bad)->code(), error_code::invalid_argument);
  bad = make_query(3);
  bad.until = core::deadline{std::chrono::steady_clock::now()};
  EXPECT_EQ(send(bad)->code(), error_code::deadline_exceeded);
}

TEST_F(coordinator_test, another_replica_is_asked_for_what_one_fails_to_answer) {
  coordinator_settings settings;
  settings.replicas = [](core::collection_key, std::uint32_t) { return std::vector<std::size_t>{0, 1, 2}; };
  start(settings);
  const auto sent = send(make_query(4));
  ASSERT_EQ(scripts_[0]->searches.size(), 1U);
  scripts_[0]->refuse(error_code::unavailable);
  run();
  ASSERT_EQ(scripts_[1]->searches.size(), 1U);
  EXPECT_EQ(scripts_[1]->searches[0].partitions, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  kill(shards_[1]);
  ASSERT_EQ(scripts_[2]->searches.size(), 1U);
  EXPECT_FALSE(sent->is_answered());
  const auto best = make_hit(0.9F);
  scripts_[2]->answer(best);
  run();
  ASSERT_TRUE(sent->is_answered() && *sent->answer);
  EXPECT_EQ((*sent->answer)->rows[0], std::vector<shard::hit>{best});
  EXPECT_TRUE((*sent->answer)->covered.is_complete());
}

TEST_F(coordinator_test, a_slow_shard_is_raced_by_another_replica) {
  coordinator_settings settings;
  settings.replicas = [](core::collection_key, std::uint32_t) { return std::vector<std::size_t>{0, 1}; };
  settings.hedge_at_most = 50ms;
  start(settings);
  const auto sent = send(make_query(2));
  advance(49ms);
  EXPECT_TRUE(scripts_[1]->searches.empty());
  advance(1ms);
  ASSERT_EQ(scripts_[1]->searches.size(), 1U);
  const auto best = make_hit(0.9F);
  scripts_[1]->answer(best);
  run();
  ASSERT_TRUE(sent->is_answered() && *sent->answer);
  EXPECT_EQ((*sent->answer)->rows[0], std::vector<shard::hit>{best});
  scripts_[0]->answer(make_hit(0.95F)); // too late, and no harm
  run();
}

TEST_F(coordinator_test, a_collection_that_nobody_holds_is_incomplete) {
  coordinator_settings settings;
  settings.replicas = [](core::collection_key, std::uint32_t) { return std::vector<std::size_t>{}; };
  start(settings);
  EXPECT_EQ(send(make_query(2))->code(), error_code::incomplete);
  const auto partial = send(make_query(2, true));
  ASSERT_TRUE(partial->is_answered() && *partial->answer);
  EXPECT_EQ((*partial->answer)->rows.size(), 2U); // of each probe
  EXPECT_EQ((*partial->answer)->covered.answered, 0U);
}

TEST_F(coordinator_test, status_is_the_sum_and_ready_only_when_all_are) {
  for (auto& script : scripts_)
    script->references = 5;
  auto status = ask<shard_status>(coordinator_, status_request{});
  run();
  ASSERT_TRUE(status->is_answered() && *status->answer);
  EXPECT_TRUE((*status->answer)->is_ready);
  EXPECT_EQ((*status->answer)->references, 15U);
  EXPECT_EQ((*status->answer)->silent, 0U);
  kill(shards_[1]);
  status = ask<shard_status>(coordinator_, status_request{});
  run();
  ASSERT_TRUE(status->is_answered() && *status->answer);
  EXPECT_FALSE((*status->answer)->is_ready);
  EXPECT_EQ((*status->answer)->references, 10U);
  EXPECT_EQ((*status->answer)->silent, 1U);
}

} // namespace
} // namespace rollcall::actors
