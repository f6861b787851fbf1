// CLUSTER over a real PostgreSQL whose clock the test sets: what operators are told and refused.
#include "actors/cluster/cluster_desk.hpp"

#include "net/curve_keys.hpp"
#include "tests/contract/membership_fixture.hpp"

namespace rollcall::actors {

namespace {

using namespace std::chrono_literals;

class cluster_desk_test : public store::testing::postgres_membership {
protected:
  cluster_desk_test() {
    settings_.self = "a";
    settings_.lease = store::testing::span;
    desk_ = cluster_desk(system_, open(), settings_);
    EXPECT_TRUE(store_->create_collection(collection_, {}));
  }
  ~cluster_desk_test() override {
    caf::anon_send_exit(desk_, caf::exit_reason::user_shutdown);
    desk_ = cluster_actor{};
    system_.await_all_actors_done();
  }

  template <class Reply, class Message>
  core::result<Reply> ask(Message message) {
    caf::scoped_actor self{system_};
    core::result<Reply> answer = core::error{};
    self->request(desk_, 20s, std::move(message))
        .receive([&](Reply& reply) { answer = std::move(reply); },
                 [&](caf::error& failed) { answer = to_core(failed); });
    return answer;
  }

  caf::actor_system_config config_;
  caf::actor_system system_{config_};
  cluster_desk_settings settings_;
  cluster_actor desk_;
};

TEST_F(cluster_desk_test, a_stopped_node_is_removed_with_what_it_holds) {
  for (const auto* name : {"a", "b"})
    join(name);
  const auto token = become_controller("c", 100 * store::testing::span);
  place(token, 0, "b", store::placement_state::ready);
  EXPECT_FAILURE(ask<node_removed>(remove_request{"b"}), conflict); // active
  ASSERT_TRUE(ask<drain_begun>(drain_request{"b", true}));
  ASSERT_SUCCESS(members_->leave("b", 1));
  EXPECT_FAILURE(ask<node_removed>(remove_request{"b"}), conflict); // the last that answers
  const auto removed = ask<node_removed>(remove_request{"b", true});
  ASSERT_SUCCESS(removed);
  EXPECT_EQ(removed->left, (std::vector<store::named_partition>{{"c", 0}}));
  const auto view = ask<cluster_view>(cluster_request{});
  ASSERT_SUCCESS(view);
  ASSERT_EQ(view->nodes.size(), 1U);
  EXPECT_EQ(view->nodes.front().name, "a");
  EXPECT_TRUE(view->map.placements.empty());
  EXPECT_FAILURE(ask<node_removed>(remove_request{"b", true}), not_found);
}

TEST_F(cluster_desk_test, a_node_is_not_removed_because_the_stores_clock_has_jumped) {
  join("b");
  ASSERT_SUCCESS(members_->beat("b", 1, 1h));
  ASSERT_SUCCESS(members_->drain("b", true));
  settings_.leases->see("b", find("b").lease, std::chrono::steady_clock::now()); // as the rounds of this process do
  advance(2h);
  const auto refused = ask<node_removed>(remove_request{"b", true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::conflict);
  EXPECT_NE(refused.failure().message.find("may answer searches for"), std::string::npos) << refused.failure().message;
  EXPECT_EQ(find("b").state, store::node_state::draining);
}

TEST_F(cluster_desk_test, a_key_that_is_none_uses_no_token_up) {
  const auto hash = core::sha256(core::as_bytes(std::string_view{"t"}));
  ASSERT_TRUE(ask<token_made>(token_request{{hash, "", "root", 1h}}));
  for (const auto& key : {std::string{}, std::string(39, 'a'), std::string(40, '\0')})
    EXPECT_FAILURE(ask<node_joined>(join_request{hash, "a", key}), invalid_argument);
  const auto joined = ask<node_joined>(join_request{hash, "a", net::make_key_pair().public_key});
  EXPECT_TRUE(joined) << store::testing::why(joined);
}

TEST_F(cluster_desk_test, foretells_from_the_map_as_it_is) {
  for (const auto* name : {"a", "b"})
    join(name);
  const auto token = become_controller("c", 100 * store::testing::span);
  std::vector<partition_key> partitions;
  for (std::uint32_t partition = 0; partition < 4; ++partition) {
    partitions.emplace_back(collection_.key, partition);
    place(token, partition, "a", store::placement_state::ready);
  }
  const auto told = ask<forecast>(forecast_request{partitions, {}});
  ASSERT_SUCCESS(told);
  EXPECT_EQ(told->loads.size(), 4U); // the second replicas, at b
  EXPECT_TRUE(told->drops.empty());
  const auto without = ask<forecast>(forecast_request{partitions, {{"a"}, {}, {}}});
  ASSERT_SUCCESS(without);
  EXPECT_EQ(without->unanswered, 4U);
  EXPECT_FAILURE(ask<forecast>(forecast_request{partitions, {{"nobody"}, {}, {}}}), not_found);
  EXPECT_EQ(placements().size(), 4U); // nothing was done
}

TEST_F(cluster_desk_test, tells_what_the_nodes_said_of_their_work) {
  join("a");
  ASSERT_SUCCESS(members_->beat("a", 1, 1s, "busy"));
  const auto told = ask<cluster_figures>(figures_request{});
  ASSERT_SUCCESS(told);
  ASSERT_EQ(told->nodes.size(), 1U);
  EXPECT_EQ(told->nodes.front().text, "busy");
  EXPECT_EQ(told->lease, store::testing::span);
}

} // namespace

} // namespace rollcall::actors
