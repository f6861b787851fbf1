// Frames of a cluster: they find the node that runs their camera, and go on when it moves.
#include "actors/ingest/frame_router.hpp"
#include "actors/ingest/remote_ingest.hpp"
#include "tests/actor/deterministic.hpp"

#include <memory>

namespace rollcall::actors {
namespace {

using std::chrono::milliseconds;

/// An INGEST of a test: runs some channels, counts what it is asked.
struct node_of_test {
  std::vector<std::string> runs;
  std::optional<core::error_code> fails{};
  bool hangs = false;
  int asked = 0;
  std::vector<caf::typed_response_promise<frame_taken>> owed; ///< while it hangs
};

ingest_actor::behavior_type play(ingest_actor::pointer self, const std::shared_ptr<node_of_test>& as) {
  return {[self, as](const pushed_frame& frame) -> caf::result<frame_taken> {
    ++as->asked;
    if (as->hangs)
      return as->owed.emplace_back(self->make_response_promise<frame_taken>());
    if (as->fails)
      return to_caf(core::fail(*as->fails, ""));
    if (std::ranges::find(as->runs, frame.channel) == as->runs.end())
      return to_caf(core::fail(core::error_code::not_found, ""));
    return frame_taken{};
  }};
}

class frame_router_test : public testing::deterministic {
protected:
  void SetUp() override {
    router_ = frame_router(system_);
    frame_routes routes;
    for (const auto* name : {"a", "b", "c"}) {
      nodes_[name] = std::make_shared<node_of_test>();
      actors_.push_back(system_.spawn(play, nodes_[name]));
      routes.nodes[name] = actors_.back();
    }
    caf::anon_send(router_, routes);
    run();
  }

  void TearDown() override {
    kill(router_);
    for (const auto& one : actors_)
      kill(one);
    for (const auto& [name, node] : nodes_)
      node->owed.clear();
  }

  core::error_code push(const std::string& channel) {
    const auto sent =
        ask<frame_taken>(router_, pushed_frame{channel, {}, std::make_shared<const core::bytes>(core::bytes{1}), {}});
    run();
    for (std::size_t hang = 0; hang < nodes_.size() && !sent->is_answered(); ++hang)
      advance(std::chrono::seconds{2});
    EXPECT_TRUE(sent->is_answered());
    return *sent->answer ? core::error_code::internal : sent->code(); // internal stands for: taken
  }
  [[nodiscard]] int asked() const {
    int all = 0;
    for (const auto& [name, node] : nodes_)
      all += node->asked;
    return all;
  }

  static constexpr auto taken = core::error_code::internal;
  std::map<std::string, std::shared_ptr<node_of_test>> nodes_;
  std::vector<ingest_actor> actors_;
  frame_router_actor router_;
};

TEST_F(frame_router_test, the_node_that_took_one_gets_the_next_and_nobody_else) {
  nodes_["a"]->runs = {"gate"};
  EXPECT_EQ(push("gate"), taken);
  const auto before = asked();
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(push("gate"), taken);
  EXPECT_EQ(asked(), before + 5);
  EXPECT_EQ(nodes_["a"]->asked, 6);
}

TEST_F(frame_router_test, a_camera_that_moved_is_found_again) {
  nodes_["a"]->runs = {"gate"};
  EXPECT_EQ(push("gate"), taken);
  nodes_["a"]->fails = core::error_code::unavailable; // the node is gone
  nodes_["b"]->runs = {"gate"};
  EXPECT_EQ(push("gate"), taken);
  const auto before = nodes_["a"]->asked;
  EXPECT_EQ(push("gate"), taken);
  EXPECT_EQ(nodes_["a"]->asked, before);
}

TEST_F(frame_router_test, a_node_that_hangs_is_passed_over_and_then_asked_last) {
  nodes_["a"]->runs = {"gate", "door"};
  EXPECT_EQ(push("gate"), taken);
  EXPECT_EQ(push("door"), taken);
  nodes_["a"]->hangs = true;
  nodes_["b"]->runs = {"gate", "door"}; // its cameras were taken over
  const auto before = nodes_["a"]->asked;
  EXPECT_EQ(push("gate"), taken);
  EXPECT_EQ(nodes_["a"]->asked, before + 1);
  EXPECT_EQ(push("door"), taken); // which it had taken the last of
  EXPECT_EQ(push("gate"), taken);
  EXPECT_EQ(nodes_["a"]->asked, before + 1);
}

TEST_F(frame_router_test, what_nobody_runs_is_asked_for_once_in_a_while) {
  EXPECT_EQ(push("gate"), core::error_code::not_found);
  EXPECT_EQ(asked(), 3);
  EXPECT_EQ(push("gate"), core::error_code::not_found);
  EXPECT_EQ(asked(), 3);
}

TEST_F(frame_router_test, a_refusal_is_final) {
  for (const auto& [name, node] : nodes_)
    node->fails = core::error_code::access_denied;
  EXPECT_EQ(push("gate"), core::error_code::access_denied);
  EXPECT_EQ(asked(), 1);
}

TEST_F(frame_router_test, without_nodes_nobody_runs_it) {
  caf::anon_send(router_, frame_routes{});
  run();
  EXPECT_EQ(push("gate"), core::error_code::not_found);
}

TEST(frame_codec, a_frame_crosses_whole_and_damage_is_noticed) {
  const pushed_frame sent{"gate",
                          {"staff", "guests"},
                          std::make_shared<const core::bytes>(core::bytes{1, 2, 3}),
                          core::wall_time{milliseconds{1'767'225'600'123}}};
  const auto got = decode_frame(*encode(sent));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->channel, sent.channel);
  EXPECT_EQ(got->collections, sent.collections);
  EXPECT_EQ(*got->picture, *sent.picture);
  EXPECT_EQ(got->at, sent.at);
  EXPECT_FALSE(decode_frame({}));
  EXPECT_FALSE(decode_frame(core::bytes{0xff, 0xff}));
}

} // namespace
} // namespace rollcall::actors
