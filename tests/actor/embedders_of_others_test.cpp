// The pool of a cluster's front: EMBEDDING actors of its own node and of others, that come, go, fill up and are cut
// off.
#include "actors/embedding/embedder_table.hpp"
#include "actors/embedding/embedding_pool.hpp"
#include "core/metrics.hpp"
#include "tests/actor/scripted_embedder.hpp"

namespace rollcall::actors {
namespace {

using core::error_code;
using namespace std::chrono_literals;

class embedders_of_others : public testing::deterministic {
protected:
  static constexpr std::size_t own = 0, first = 1, second = 2;

  void SetUp() override {
    for (auto& script : scripts_) {
      script = std::make_shared<testing::scripted_embedder>();
      actors_.push_back(testing::spawn_embedder(system_, script));
    }
    scripts_[second]->workers = 2;
  }
  void TearDown() override {
    caf::anon_send_exit(pool_, caf::exit_reason::user_shutdown);
    for (const auto& one : actors_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    run();
    for (auto& script : scripts_)
      *script = {};
  }

  // A pool with one worker of its own, or none.
  void start(bool has_own) {
    std::vector<embedding_member> members;
    if (has_own)
      members.push_back({actors_[own], 1});
    pool_ = embedding_pool(system_, std::move(members), {}, core::null_metrics());
    run();
  }
  void follow(const std::vector<std::size_t>& remote) {
    auto routes = std::make_shared<cluster_routes>();
    for (const auto index : remote)
      routes->embedders.emplace("node" + std::to_string(index), actors_[index]);
    caf::anon_send(pool_, routes_message{std::move(routes)});
    run();
  }
  auto send() {
    auto sent =
        ask<vision::analysis>(pool_, analyze_request{{}, std::make_shared<core::bytes>(), {}, core::deadline::in(5s)});
    run();
    return sent;
  }
  void fail(std::size_t at, error_code code) {
    scripts_[at]->fail(code);
    run();
  }
  void answer(std::size_t at, int width_px) {
    scripts_[at]->answer(width_px);
    run();
  }
  [[nodiscard]] std::vector<std::size_t> held() const {
    return {scripts_[own]->owed.size(), scripts_[first]->owed.size(), scripts_[second]->owed.size()};
  }
  using counts = std::vector<std::size_t>;

  std::array<std::shared_ptr<testing::scripted_embedder>, 3> scripts_;
  std::vector<embedding_actor> actors_;
  embedding_pool_actor pool_;
};

TEST_F(embedders_of_others, take_what_this_node_would_keep_waiting) {
  start(true);
  follow({first, second});
  const auto status = ask<embedding_status>(pool_, status_request{});
  run();
  EXPECT_EQ((*status->answer)->workers, 4U); // as they said themselves
  std::vector<counts> seen;
  for (int picture = 0; picture < 6; ++picture) {
    static_cast<void>(send());
    seen.push_back(held());
  }
  // Own first, then idle workers elsewhere, then the shortest queue for each worker.
  EXPECT_EQ(seen, (std::vector<counts>{{1, 0, 0}, {1, 1, 0}, {1, 1, 1}, {1, 1, 2}, {1, 1, 3}, {2, 1, 3}}));
}

TEST_F(embedders_of_others, serve_a_front_that_has_none) {
  start(false);
  EXPECT_EQ(send()->code(), error_code::unavailable);
  follow({first});
  const auto sent = send();
  EXPECT_EQ(held(), (counts{0, 1, 0}));
  answer(first, 7);
  ASSERT_TRUE(sent->is_answered() && *sent->answer);
  EXPECT_EQ((*sent->answer)->width_px, 7);
}

TEST_F(embedders_of_others, one_that_is_cut_off_takes_no_picture_with_it) {
  start(false);
  follow({first, second});
  const auto sent = send();
  const auto at = held()[first] == 1 ? first : second;
  fail(at, error_code::unavailable);
  EXPECT_FALSE(sent->is_answered());
  const auto other = at == first ? second : first;
  EXPECT_EQ(held()[other], 1U);
  static_cast<void>(send()); // nobody goes back to it at once
  static_cast<void>(send());
  EXPECT_EQ(held()[at], 0U);
  EXPECT_EQ(held()[other], 3U);
  answer(other, 3);
  ASSERT_TRUE(sent->is_answered() && *sent->answer);
}

TEST_F(embedders_of_others, a_picture_is_tried_twice_at_most) {
  start(false);
  follow({first, second});
  const auto sent = send();
  const auto at = held()[first] == 1 ? first : second;
  fail(at, error_code::unavailable);
  fail(at == first ? second : first, error_code::unavailable);
  EXPECT_EQ(sent->code(), error_code::unavailable);
  EXPECT_EQ(held(), (counts{0, 0, 0}));
}

TEST_F(embedders_of_others, a_full_one_and_one_of_another_model_are_passed_over) {
  for (const auto code : {error_code::overloaded, error_code::model_mismatch, error_code::unsupported}) {
    start(true);
    follow({first});
    const auto kept = send();
    const auto sent = send();
    ASSERT_EQ(held(), (counts{1, 1, 0}));
    fail(first, code);
    EXPECT_FALSE(sent->is_answered());
    EXPECT_EQ(held(), (counts{2, 0, 0}));
    answer(own, 1);
    answer(own, 2);
    EXPECT_TRUE(*kept->answer && *sent->answer);
    caf::anon_send_exit(pool_, caf::exit_reason::user_shutdown);
    run();
  }
}

TEST_F(embedders_of_others, what_is_wrong_with_a_picture_is_not_tried_again) {
  start(true);
  follow({first});
  const auto sent = send();
  fail(own, error_code::invalid_image_format);
  EXPECT_EQ(sent->code(), error_code::invalid_image_format);
  EXPECT_EQ(held(), (counts{0, 0, 0}));
}

TEST_F(embedders_of_others, those_that_left_get_nothing_more_and_those_that_return_do) {
  start(false);
  follow({first});
  const auto before = send();
  follow({});
  EXPECT_EQ(send()->code(), error_code::unavailable);
  answer(first, 4); // what it had is still its own
  ASSERT_TRUE(before->is_answered() && *before->answer);
  follow({first});
  EXPECT_FALSE(send()->is_answered());
  EXPECT_EQ(held(), (counts{0, 1, 0}));
}

TEST(embedder_table, forgives_after_a_while) {
  embedder_table table;
  table.add_own({}, 1);
  table.add_own({}, 1);
  const core::steady_time now{};
  EXPECT_EQ(table.choose({}, now), 0U);
  table.avoid(0, now);
  EXPECT_EQ(table.choose({}, now + embedder_table::avoidance - 1ms), 1U);
  EXPECT_EQ(table.choose({}, now + embedder_table::avoidance), 0U);
  table.avoid(1, now);
  EXPECT_EQ(table.choose(1, now), 0U); // rather than nobody
}

} // namespace
} // namespace rollcall::actors
