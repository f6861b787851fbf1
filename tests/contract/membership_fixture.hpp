/// What the tests of membership share: a store on a real PostgreSQL whose clock the test sets.
#pragma once

#include "store/postgres_membership.hpp"

#include "tests/contract/store_fixture.hpp"

namespace rollcall::store::testing {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

inline constexpr auto span = 3'000ms;
inline const core::uuid first_instance{{1}};
inline const core::uuid second_instance{{2}};

class postgres_membership : public ::testing::Test {
protected:
  postgres_membership() {
    postgres_settings settings;
    settings.uri = uri_;
    settings.key_file = make_key_file(directory_.path());
    auto opened = open_postgres_store(settings);
    EXPECT_TRUE(opened) << why(opened);
    store_ = *std::move(opened);
    members_ = open();
    set_clock();
  }

  [[nodiscard]] std::unique_ptr<membership> open() const {
    postgres_settings settings;
    settings.uri = uri_;
    auto opened = open_postgres_membership(settings);
    EXPECT_TRUE(opened) << why(opened);
    return opened ? *std::move(opened) : nullptr;
  }
  /// The store's clock stands still but for this; it may go back.
  void advance(milliseconds by) {
    now_ += by.count();
    set_clock();
  }
  void set_clock() {
    server_.run(uri_, "CREATE OR REPLACE FUNCTION store_now() RETURNS BIGINT LANGUAGE sql VOLATILE AS "
                      "'SELECT CAST("
                          + std::to_string(now_) + " AS BIGINT)'");
  }

  static node_record make_node(const std::string& name) {
    node_record node;
    node.name = name;
    node.roles = static_cast<std::uint8_t>(node_role::shard);
    node.address = name + ":9000";
    node.public_key = "key of " + name;
    node.zone = "z";
    node.capacity = 2.5;
    node.version = "0.1.0";
    return node;
  }
  node_record join(const std::string& name, const core::uuid& instance = first_instance) {
    auto joined = members_->register_node(make_node(name), instance, span);
    EXPECT_TRUE(joined) << why(joined);
    return joined ? *std::move(joined) : node_record{};
  }
  node_record find(const std::string& name) {
    const auto nodes = members_->list_nodes();
    EXPECT_TRUE(nodes) << why(nodes);
    for (const auto& node : *nodes)
      if (node.name == name)
        return node;
    ADD_FAILURE() << name << " is not there";
    return {};
  }
  std::uint64_t become_controller(const std::string& holder = "c", milliseconds length = span) {
    const auto taken = members_->take_lease(controller_lease, holder, length);
    EXPECT_TRUE(taken && *taken) << why(taken);
    return taken && *taken ? (*taken)->token : 0;
  }
  placement_change put(std::uint32_t partition, const std::string& node,
                       placement_state state = placement_state::loading) {
    return {{collection_.key, partition, node, state}, false};
  }

  /// Placements as they stand, each brought there by the steps that nodes and controller take.
  void place(std::uint64_t token, std::uint32_t partition, const std::string& node, placement_state state) {
    const auto given = put(partition, node);
    ASSERT_SUCCESS(members_->change_placements({&given, 1}, token));
    if (state == placement_state::loading)
      return;
    const auto done = put(partition, node, placement_state::ready).what;
    ASSERT_SUCCESS(members_->report(node, find(node).generation, {&done, 1}));
    if (state == placement_state::ready)
      return;
    const auto last = put(partition, node, placement_state::leaving);
    ASSERT_SUCCESS(members_->change_placements({&last, 1}, token));
  }
  std::vector<placement> placements() {
    const auto map = members_->find_map();
    EXPECT_TRUE(map) << why(map);
    return map ? map->placements : std::vector<placement>{};
  }

  test::postgres_server& server_ = test::postgres_server::shared();
  std::string uri_ = server_.make_schema();
  test::temp_dir directory_;
  std::int64_t now_ = 1'700'000'000'000;
  std::unique_ptr<store> store_;
  std::unique_ptr<membership> members_;
  const collection_record collection_ = make_collection("c");
};

} // namespace rollcall::store::testing
