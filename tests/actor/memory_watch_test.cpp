#include "actors/replica/memory_watch.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using core::error_code;

constexpr std::uint64_t mib = 1'024 * 1'024;
const core::collection_key collection{core::random_uuid()};
constexpr store::partition_range range{0, 4};

store::node_record node(const std::string& name, std::uint64_t used, std::uint64_t budget) {
  store::node_record made;
  made.name = name;
  made.memory = {used, budget};
  return made;
}

core::status room(const memory_watch& watch, std::vector<std::uint32_t> partitions = {}) {
  return watch.find_room(collection, range, partitions);
}

TEST(memory_watch, keeps_a_part_free) {
  EXPECT_EQ(memory_margin(16 * mib), 4 * mib);
  EXPECT_EQ(memory_margin(512 * mib), 64 * mib);
  EXPECT_EQ(memory_margin(16'384 * mib), 1'024 * mib);
  EXPECT_FALSE(is_full({12 * mib - 1, 16 * mib}));
  EXPECT_TRUE(is_full({12 * mib, 16 * mib}));
  EXPECT_FALSE(is_full({12 * mib, 0}));
}

TEST(memory_watch, a_sole_node_looks_at_what_it_holds) {
  memory_watch watch("here", 16 * mib);
  std::uint64_t used = 0;
  watch.count([&] { return used; });
  watch.count([] { return 2 * mib; }); // of another SHARD
  EXPECT_TRUE(room(watch));
  used = 10 * mib;
  EXPECT_EQ(watch.here(), (store::memory_report{12 * mib, 16 * mib}));
  const auto refused = room(watch, {1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, error_code::over_budget);
  for (const auto* words : {"The node here ", "12.0 MiB of the 16.0 MiB", "4.0 MiB are kept free", "Add a node",
                            "search.memory_budget", "snapshots.references", "delete faces"})
    EXPECT_NE(refused.failure().message.find(words), std::string::npos) << refused.failure().message;
  used = 0;
  EXPECT_TRUE(room(watch));
}

class memory_of_a_cluster : public ::testing::Test {
protected:
  void SetUp() override {
    store::cluster_map map;
    map.placements = {{collection, 0, "here", store::placement_state::ready},
                      {collection, 1, "full", store::placement_state::loading},
                      {collection, 2, "free", store::placement_state::leaving}};
    watch_.count([this] { return used_; });
    watch_.see({node("here", 0, 0), node("full", 15 * mib, 16 * mib), node("free", mib, 16 * mib)});
    watch_.learn(map);
  }

  std::uint64_t used_ = 0;
  memory_watch watch_{"here", 16 * mib};
};

TEST_F(memory_of_a_cluster, only_nodes_that_hold_the_partition_are_asked) {
  EXPECT_TRUE(room(watch_, {0}));
  EXPECT_TRUE(room(watch_, {0, 2, 3}));
  const auto refused = room(watch_, {0, 1});
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.failure().message.find("The node full "), std::string::npos) << refused.failure().message;
  EXPECT_FALSE(room(watch_)); // any partition
  EXPECT_TRUE(watch_.find_room({core::random_uuid()}, range, {}));
}

TEST_F(memory_of_a_cluster, its_own_memory_is_that_of_now) {
  used_ = 16 * mib;
  EXPECT_FALSE(room(watch_, {0}));
  EXPECT_TRUE(room(watch_, {2}));
}

TEST_F(memory_of_a_cluster, partitions_that_are_built_beside_the_others_count) {
  EXPECT_FALSE(watch_.find_room(collection, {2, 2}, std::vector<std::uint32_t>{2}));
}

TEST_F(memory_of_a_cluster, the_dead_and_those_who_say_nothing_are_not_full) {
  auto dead = node("full", 15 * mib, 16 * mib);
  dead.state = store::node_state::dead;
  watch_.see({dead});
  EXPECT_TRUE(room(watch_));
}

} // namespace
} // namespace rollcall::actors
