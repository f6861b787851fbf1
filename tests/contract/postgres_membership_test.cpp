// What nodes agree on through the store, on a real PostgreSQL whose clock the test sets.
#include "tests/contract/membership_fixture.hpp"

namespace rollcall::store::testing {

namespace {

// -- nodes

TEST_F(postgres_membership, all_who_open_a_store_are_of_one_cluster) {
  const auto id = members_->cluster_id();
  ASSERT_SUCCESS(id);
  EXPECT_FALSE(id->is_nil());
  EXPECT_EQ(*open()->cluster_id(), *id);
  const auto another = server_.make_schema();
  postgres_settings settings;
  settings.uri = another;
  EXPECT_FALSE(open_postgres_membership(settings)); // no schema there
  settings.key_file = make_key_file(directory_.path());
  ASSERT_SUCCESS(open_postgres_store(settings));
  EXPECT_NE(*(*open_postgres_membership(settings))->cluster_id(), *id);
}

TEST_F(postgres_membership, a_node_is_listed_as_it_registered) {
  const auto joined = join("b");
  EXPECT_EQ(joined.generation, 1U);
  join("a");
  advance(700ms);
  const auto nodes = members_->list_nodes();
  ASSERT_SUCCESS(nodes);
  ASSERT_EQ(nodes->size(), 2U);
  EXPECT_EQ((*nodes)[0].name, "a");
  const auto& node = (*nodes)[1];
  EXPECT_EQ(node.name, "b");
  EXPECT_EQ(node.roles, static_cast<std::uint8_t>(node_role::shard));
  EXPECT_EQ(node.address, "b:9000");
  EXPECT_EQ(node.public_key, "key of b");
  EXPECT_EQ(node.zone, "z");
  EXPECT_EQ(node.capacity, 2.5);
  EXPECT_EQ(node.version, "0.1.0");
  EXPECT_EQ(node.state, node_state::active);
  EXPECT_EQ(node.since_beat, 700ms);
  EXPECT_EQ(node.lease_left, 0ms);
}

TEST_F(postgres_membership, a_name_belongs_to_one_process_while_it_lives) {
  join("a");
  advance(span - 1ms);
  EXPECT_FAILURE(members_->register_node(make_node("a"), second_instance, span), conflict);
  EXPECT_EQ(join("a").generation, 1U); // the same process, which counts as a heartbeat
  advance(span - 1ms);
  EXPECT_FAILURE(members_->register_node(make_node("a"), second_instance, span), conflict);
  advance(1ms);
  EXPECT_EQ(join("a", second_instance).generation, 2U);
  EXPECT_FAILURE(members_->beat("a", 1, span), conflict); // the first one has lost it
  ASSERT_SUCCESS(members_->beat("a", 2, span));
}

TEST_F(postgres_membership, fields_that_make_no_node_are_refused) {
  for (const auto& name : {std::string{}, std::string{"a b"}, std::string{"ä"}, std::string(65, 'a')})
    EXPECT_FAILURE(members_->register_node(make_node(name), first_instance, span), invalid_argument);
  for (const double capacity : {0.0, -1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    auto node = make_node("a");
    node.capacity = capacity;
    EXPECT_FAILURE(members_->register_node(node, first_instance, span), invalid_argument);
  }
  auto node = make_node("a");
  for (const std::uint8_t roles : {0, 32}) {
    node.roles = roles;
    EXPECT_FAILURE(members_->register_node(node, first_instance, span), invalid_argument);
  }
  EXPECT_TRUE(members_->list_nodes()->empty());
}

TEST_F(postgres_membership, a_heartbeat_prolongs_the_serving_lease_and_never_shortens_it) {
  join("a");
  EXPECT_EQ(members_->beat("a", 1, span)->lease, span);
  advance(1'000ms);
  EXPECT_EQ(find("a").lease_left, 2'000ms);
  EXPECT_EQ(members_->beat("a", 1, 500ms)->lease, 500ms);
  EXPECT_EQ(find("a").lease_left, 2'000ms); // nobody is given up too early
  EXPECT_EQ(members_->beat("a", 1, 0ms)->lease, 2'000ms);
  EXPECT_EQ(members_->beat("a", 1, span)->lease, span);
  EXPECT_EQ(find("a").lease, (lease_mark{3, span})); // those that were asked for count
  EXPECT_EQ(find("a").since_beat, 0ms);
  advance(span);
  EXPECT_EQ(find("a").lease_left, 0ms);
  EXPECT_EQ(members_->beat("a", 1, 0ms)->lease, 0ms);
  EXPECT_FAILURE(members_->beat("b", 1, span), not_found);
}

// Two nodes hold a partition; a writer can't reach one of them, which goes on renewing its leases.
TEST_F(postgres_membership, a_node_that_renews_but_does_not_confirm_is_fenced_while_another_answers) {
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("c", 100 * span);
  for (const auto* name : {"a", "b"}) {
    join(name);
    ASSERT_SUCCESS(members_->beat(name, 1, span));
    place(token, 0, name, placement_state::ready);
  }

  EXPECT_FALSE(*members_->fence("a", 1, 10 * span)); // it renewed nothing since: it may as well be silent
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  const auto version = *members_->map_version();
  EXPECT_TRUE(*members_->fence("a", 1, 10 * span));
  EXPECT_TRUE(find("a").is_fenced);
  EXPECT_GT(*members_->map_version(), version);
  EXPECT_EQ(members_->beat("a", 1, span)->lease, 0ms);
  EXPECT_EQ(find("a").lease, (lease_mark{2, span})); // runs out, seen as one number
  EXPECT_EQ(find("a").lease_left, span);

  ASSERT_SUCCESS(members_->beat("b", 1, span));
  EXPECT_FALSE(*members_->fence("b", 1, span)); // else nobody's answers would be current
  advance(9 * span);
  EXPECT_FALSE(*members_->fence("a", 1, 10 * span)); // b's lease has run out meanwhile
  ASSERT_SUCCESS(members_->beat("b", 1, span));
  EXPECT_TRUE(*members_->fence("a", 2, 10 * span)); // anew, though it got no lease since
  advance(9 * span);
  EXPECT_TRUE(find("a").is_fenced);
  EXPECT_EQ(members_->beat("a", 1, span)->lease, 0ms);
  ASSERT_SUCCESS(members_->end_fence("a"));
  EXPECT_FALSE(find("a").is_fenced);
  EXPECT_EQ(members_->beat("a", 1, span)->lease, span);
  EXPECT_EQ(find("a").lease.number, 3U);
  ASSERT_SUCCESS(members_->beat("b", 1, span));
  EXPECT_TRUE(*members_->fence("a", 2, span));
  advance(span); // it ends by itself
  EXPECT_EQ(members_->beat("a", 1, span)->lease, span);
}

TEST_F(postgres_membership, what_a_node_says_of_its_work_is_told_until_it_says_something_else) {
  join("b");
  join("a");
  ASSERT_SUCCESS(members_->beat("b", 1, span, "busy"));
  advance(500ms);
  ASSERT_SUCCESS(members_->beat("a", 1, 0ms, "idle"));
  const auto told = members_->list_figures();
  ASSERT_SUCCESS(told);
  ASSERT_EQ(told->size(), 2U);
  EXPECT_EQ((*told)[0].name, "a");
  EXPECT_EQ((*told)[0].text, "idle");
  EXPECT_EQ((*told)[1].text, "busy");
  EXPECT_EQ((*told)[1].since_beat, 500ms);
  EXPECT_EQ((*told)[1].state, node_state::active);
  ASSERT_SUCCESS(members_->beat("b", 1, span));
  EXPECT_EQ(members_->list_figures()->at(1).text, "");
}

TEST_F(postgres_membership, what_a_node_says_of_its_memory_is_told_with_it) {
  join("a");
  EXPECT_EQ(find("a").memory, memory_report{});
  ASSERT_SUCCESS(members_->beat("a", 1, span, "", {3'000'000'000, 5'000'000'000}));
  EXPECT_EQ(find("a").memory, (memory_report{3'000'000'000, 5'000'000'000}));
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  EXPECT_EQ(find("a").memory, memory_report{});
}

TEST_F(postgres_membership, a_node_that_leaves_holds_up_nobody) {
  join("a");
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  ASSERT_SUCCESS(members_->leave("a", 2)); // another's
  EXPECT_EQ(find("a").lease_left, span);
  ASSERT_SUCCESS(members_->leave("a", 1));
  EXPECT_EQ(find("a").lease_left, 0ms);
  EXPECT_EQ(find("a").lease, (lease_mark{2, 0ms}));
  EXPECT_TRUE(find("a").has_left);
  EXPECT_EQ(find("a").since_beat, 0ms); // whoever waits for its return counts from here
  advance(300ms);
  EXPECT_EQ(find("a").since_beat, 300ms);
  EXPECT_TRUE(members_->list_figures()->at(0).has_left);
  EXPECT_EQ(join("a", second_instance).generation, 2U);
  EXPECT_FALSE(find("a").has_left);
}

TEST_F(postgres_membership, a_node_is_dead_only_when_it_may_not_answer_any_more) {
  join("a");
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  const auto token = become_controller("c", 10 * span);
  EXPECT_FAILURE(members_->mark_node("a", node_state::dead, token), conflict);
  ASSERT_SUCCESS(members_->mark_node("a", node_state::draining, token));
  EXPECT_EQ(members_->beat("a", 1, span)->state, node_state::draining);
  EXPECT_EQ(join("a").state, node_state::draining);
  advance(span);
  ASSERT_SUCCESS(members_->mark_node("a", node_state::dead, token));
  const auto told = members_->beat("a", 1, span);
  ASSERT_SUCCESS(told);
  EXPECT_EQ(told->state, node_state::dead);
  EXPECT_EQ(told->lease, 0ms);
  EXPECT_EQ(join("a", second_instance).state, node_state::active); // though the last heartbeat was just now
  EXPECT_FAILURE(members_->mark_node("b", node_state::draining, token), not_found);
}

TEST_F(postgres_membership, an_operator_drains_a_node_and_takes_that_back) {
  join("a");
  const auto version = *members_->map_version();
  ASSERT_SUCCESS(members_->drain("a", true));
  EXPECT_EQ(find("a").state, node_state::draining);
  EXPECT_GT(*members_->map_version(), version); // the controller looks at once
  ASSERT_SUCCESS(members_->drain("a", false));
  EXPECT_EQ(find("a").state, node_state::active);
  EXPECT_FAILURE(members_->drain("b", true), not_found);
  const auto token = become_controller();
  ASSERT_SUCCESS(members_->mark_node("a", node_state::dead, token));
  for (const bool is_drained : {true, false})
    EXPECT_FAILURE(members_->drain("a", is_drained), conflict);
}

// -- placements

TEST_F(postgres_membership, the_map_is_what_was_put_into_it) {
  join("a");
  join("b");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  EXPECT_EQ(*members_->map_version(), 3U); // two nodes, and a collection to be placed
  const auto token = become_controller();
  const std::vector<placement_change> changes{put(1, "b"), put(1, "a"), put(0, "b")};
  EXPECT_EQ(*members_->change_placements(changes, token), 4U);
  const placement_change gone{changes[2].what, true};
  EXPECT_EQ(*members_->change_placements({&gone, 1}, token), 5U);
  const auto map = open()->find_map();
  ASSERT_SUCCESS(map);
  EXPECT_EQ(map->version, 5U);
  EXPECT_EQ(*members_->map_version(), 5U);
  EXPECT_EQ(map->placements, (std::vector<placement>{changes[1].what, changes[0].what}));
}

TEST_F(postgres_membership, a_change_is_without_effect_where_the_placement_is_another_by_now) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("c", 10 * span);
  const placement_state all[] = {placement_state::loading, placement_state::ready, placement_state::leaving};
  for (const auto before : all)
    for (const auto wanted : all)
      for (const bool is_gone : {false, true}) {
        place(token, 0, "a", before);
        placement_change change = put(0, "a", wanted);
        change.is_gone = is_gone;
        ASSERT_SUCCESS(members_->change_placements({&change, 1}, token));
        const auto after = placements();
        const bool goes = is_gone && before == wanted;
        ASSERT_EQ(after.size(), goes ? 0U : 1U);
        const bool moves = !is_gone && before != placement_state::loading && wanted != placement_state::loading;
        if (!goes) {
          EXPECT_EQ(after[0].state, moves ? wanted : before);
        }
        server_.run(uri_, "DELETE FROM placements");
      }
}

TEST_F(postgres_membership, a_change_of_placements_is_all_or_nothing) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller();
  for (const auto& wrong : {put(0, "nobody"), put(4, "a"), placement_change{{{core::uuid{{9}}}, 0, "a", {}}, false}}) {
    const std::vector<placement_change> changes{put(0, "a"), wrong};
    EXPECT_FAILURE(members_->change_placements(changes, token), not_found);
  }
  EXPECT_TRUE(members_->find_map()->placements.empty());
  EXPECT_EQ(members_->find_map()->version, 2U);
  const placement_change absent{put(0, "a").what, true};
  ASSERT_SUCCESS(members_->change_placements({&absent, 1}, token));
}

TEST_F(postgres_membership, a_node_reports_what_it_has_loaded_and_what_it_has_left) {
  join("a");
  join("b");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller();
  place(token, 0, "a", placement_state::loading);
  place(token, 1, "a", placement_state::leaving);
  place(token, 2, "a", placement_state::ready);
  place(token, 0, "b", placement_state::loading);
  const auto version = *members_->map_version();
  const auto ready = [&](std::uint32_t partition) { return put(partition, "a", placement_state::ready).what; };
  const auto left = [&](std::uint32_t partition) { return put(partition, "a", placement_state::leaving).what; };
  const std::vector<placement> some{ready(0)};
  EXPECT_FAILURE(members_->report("a", 2, some), conflict);
  EXPECT_FAILURE(members_->report("nobody", 1, some), conflict);
  // Of these only the first two say something that the map does not.
  ASSERT_SUCCESS(members_->report(
      "a", 1, std::vector<placement>{ready(0), left(1), ready(1), left(2), ready(2), left(3), ready(3)}));
  const std::vector<placement> after{ready(0), put(0, "b").what, ready(2)};
  EXPECT_EQ(placements(), after);
  EXPECT_EQ(*members_->map_version(), version + 1);
}

TEST_F(postgres_membership, a_nodes_share_names_the_heads_of_its_partitions) {
  join("a");
  join("b");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller();
  for (std::uint32_t partition = 0; partition < 4; ++partition)
    place(token, partition, "a", partition == 2 ? placement_state::loading : placement_state::ready);
  place(token, 1, "b", placement_state::leaving);
  std::vector<face_with_embedding> faces;
  for (std::uint64_t seed = 1; seed <= 20; ++seed)
    faces.push_back(make_face(seed));
  const auto added = store_->add_faces(collection_.key, faces);
  ASSERT_SUCCESS(added);
  std::vector<share_entry> expected;
  for (std::uint32_t partition = 0; partition < 4; ++partition)
    expected.push_back(
        {collection_.key, partition, partition == 2 ? placement_state::loading : placement_state::ready, 0});
  for (const auto& batch : added->mutations)
    expected[batch.partition].head = batch.mutations.back().seq;
  EXPECT_EQ(*members_->find_share("a"), expected);
  expected[1].state = placement_state::leaving;
  EXPECT_EQ(*members_->find_share("b"), std::vector{expected[1]});
  EXPECT_TRUE(members_->find_share("nobody")->empty());
}

TEST_F(postgres_membership, a_writer_learns_who_answers_for_a_partition_and_for_how_long) {
  for (const auto* name : {"a", "b", "c"})
    join(name);
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("controller", 10 * span);
  place(token, 0, "a", placement_state::ready);
  place(token, 0, "b", placement_state::leaving);
  place(token, 0, "c", placement_state::loading);
  place(token, 1, "c", placement_state::ready);
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  advance(1s);
  ASSERT_SUCCESS(members_->beat("b", 1, span));
  const std::uint32_t asked[] = {0, 3};
  ASSERT_SUCCESS(members_->beat("a", 1, span));
  const std::vector<holder> expected{{0, "a", {2, span}}, {0, "b", {1, span}}};
  const auto found = members_->find_holders(collection_.key, asked);
  ASSERT_SUCCESS(found);
  EXPECT_EQ(*found, expected);
  EXPECT_TRUE(members_->find_holders({core::uuid{{9}}}, asked)->empty());
  EXPECT_TRUE(members_->find_holders(collection_.key, {})->empty());
}

TEST_F(postgres_membership, what_a_new_instance_or_a_node_back_from_the_dead_holds_is_loaded_again) {
  join("a");
  join("b");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("c", 10 * span);
  const auto states = [&] {
    std::vector<placement_state> found;
    for (const auto& one : placements())
      found.push_back(one.state);
    return found;
  };
  using enum placement_state;
  place(token, 0, "a", ready);
  place(token, 0, "b", ready);
  join("a"); // the same once more
  EXPECT_EQ(states(), (std::vector{ready, ready}));
  advance(span);
  const auto version = *members_->map_version();
  join("a", second_instance);
  EXPECT_EQ(states(), (std::vector{loading, ready}));
  EXPECT_GT(*members_->map_version(), version);
  ASSERT_SUCCESS(members_->mark_node("b", node_state::dead, token));
  join("b");
  EXPECT_EQ(states(), (std::vector{loading, loading}));
}

TEST_F(postgres_membership, placements_go_with_their_collection) {
  join("a");
  ASSERT_SUCCESS(store_->create_collection(collection_, {}));
  const auto token = become_controller("c", 10 * span);
  const auto change = put(0, "a");
  ASSERT_SUCCESS(members_->change_placements({&change, 1}, token));
  ASSERT_SUCCESS(store_->delete_collection("c"));
  EXPECT_TRUE(members_->find_map()->placements.empty());
}

} // namespace

} // namespace rollcall::store::testing
