#include "actors/cluster/replica_tally.hpp"

#include "tests/actor/plan_cluster.hpp"

namespace rollcall::actors {

namespace {

const auto partitions = make_partitions(2);

placement hold(std::size_t partition, const std::string& node, placement_state state) {
  return {partitions[partition].first, partitions[partition].second, node, state};
}

store::node_record make_node_that_is(node_state state, const std::string& name) {
  auto made = make_node(name);
  made.state = state;
  return made;
}

TEST(replica_tally, counts_what_is_wanted_and_does_not_answer) {
  const std::vector nodes{make_node("a"), make_node("b"), make_node("c")};
  const std::vector held{hold(0, "a", placement_state::ready), hold(0, "b", placement_state::leaving),
                         hold(0, "c", placement_state::loading), hold(1, "a", placement_state::loading)};
  const replica_tally tally(nodes, held, 2);
  EXPECT_EQ(tally.wanted(), 2U);
  EXPECT_EQ(tally.answering(partitions[0]), 2U); // who leaves answers until it is gone
  EXPECT_EQ(tally.missing(partitions[0]), 0U);
  EXPECT_EQ(tally.missing(partitions[1]), 2U);
  EXPECT_EQ(tally.missing(partitions), 2U);
  EXPECT_EQ(replica_tally(nodes, held, 1).missing(partitions), 1U); // a second too many makes up for no other's
}

TEST(replica_tally, wants_as_many_as_there_are_nodes_for) {
  auto front = make_node("f");
  front.roles = static_cast<std::uint8_t>(store::node_role::front);
  const auto wanted = [](const std::vector<store::node_record>& nodes) { return replica_tally(nodes, {}, 2).wanted(); };
  EXPECT_EQ(wanted({}), 1U);
  EXPECT_EQ(wanted({make_node("a"), front}), 1U);
  EXPECT_EQ(wanted({make_node("a"), make_node("b"), make_node("c")}), 2U);
  EXPECT_EQ(wanted({make_node("a"), make_node_that_is(node_state::draining, "b")}), 1U);
  EXPECT_EQ(wanted({make_node("a"), make_node_that_is(node_state::dead, "b")}), 2U); // it is missed, until removed
}

} // namespace

} // namespace rollcall::actors
