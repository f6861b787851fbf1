/// Several real nodes on one PostgreSQL: what one takes every other finds, also while nodes die, hang and return.
#include "tests/e2e/cluster_fixture.hpp"

#include <atomic>

namespace rollcall::test {
namespace {

class cluster_test : public cluster_fixture {
protected:
  void SetUp() override {
    cluster_fixture::SetUp();
    if (IsSkipped())
      return;
    for (const auto* name : {"a", "b", "c"})
      start(name);
  }
};

TEST_F(cluster_test, what_one_node_takes_every_node_finds_and_forgets) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  EXPECT_TRUE(search("b", "anna_2.jpg").empty()); // at once: it is there, and empty
  const auto anna = index("a", "anna_1.jpg");
  const auto bella = index("b", "bella.jpg");
  for (const auto* at : {"a", "b", "c"}) {
    EXPECT_EQ(search(at, "anna_2.jpg"), std::vector{anna}) << at;
    EXPECT_EQ(search(at, "bella.jpg"), std::vector{bella}) << at;
  }
  wait_until_replicated();
  const auto cora = index("c", "cora.jpg");
  for (const auto* at : {"a", "b", "c"})
    EXPECT_EQ(search(at, "cora.jpg"), std::vector{cora}) << at;
  answer("b", "DeleteFaces", {{"CollectionId", "c"}, {"FaceIds", boost::json::array{boost::json::string{anna}}}});
  for (const auto* at : {"a", "b", "c"})
    EXPECT_TRUE(search(at, "anna_2.jpg").empty()) << at;
}

TEST_F(cluster_test, an_operator_sees_the_nodes_and_empties_one_before_it_is_stopped) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  wait_until_replicated();
  const auto seen = rollcall("b", {"cluster", "status"});
  EXPECT_EQ(seen.exit, (exit_state{0, 0})) << seen.err;
  EXPECT_NE(seen.out.find("8 partitions, 2 replicas of each wanted, none missing"), std::string::npos) << seen.out;
  EXPECT_EQ(rollcall("b", {"nodes", "drain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) FROM placements WHERE node = 'a'", "0");
  const auto drained = boost::json::parse(rollcall("b", {"cluster", "status", "--json"}).out).as_object();
  const auto& first = drained.at("nodes").at(0).as_object();
  EXPECT_EQ(first.at("name").as_string(), "a");
  EXPECT_EQ(first.at("state").as_string(), "draining");
  EXPECT_EQ(first.at("ready"), 0);
  EXPECT_EQ(drained.at("replicas_missing"), 0);
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna}); // it still takes requests
  EXPECT_EQ(rollcall("b", {"nodes", "undrain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'a' AND state = 1", "t");
  const auto unknown = rollcall("b", {"nodes", "drain", "nobody"});
  EXPECT_NE(unknown.exit, (exit_state{0, 0}));
  EXPECT_NE(unknown.err.find("There is no node nobody"), std::string::npos) << unknown.err;
}

TEST_F(cluster_test, a_listing_goes_on_at_another_node) {
  for (const auto* id : {"c", "d"})
    answer("a", "CreateCollection", {{"CollectionId", id}});
  const auto first = answer("a", "ListCollections", {{"MaxResults", 1}});
  const auto second = answer("b", "ListCollections", {{"MaxResults", 1}, {"NextToken", first.at("NextToken")}});
  EXPECT_EQ(second.at("CollectionIds").at(0).as_string(), "d");
}

TEST_F(cluster_test, a_node_that_is_killed_fails_no_search_elsewhere) {
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  wait_until_replicated();
  std::atomic<bool> is_over = false;
  std::atomic<int> searches = 0;
  std::thread searching([&] {
    while (!is_over) {
      EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna});
      ++searches;
    }
  });
  const auto wait_for_searches = [&](int more) {
    const auto wanted = searches + more;
    const auto until = soon();
    while (searches < wanted && !until.has_passed())
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
  };
  wait_for_searches(10);
  node("c").crash();
  wait_for_searches(10);
  const auto bella = index("b", "bella.jpg"); // as soon as the dead node's lease has run out
  EXPECT_EQ(search("b", "bella.jpg"), std::vector{bella});
  wait_for("SELECT count(*) FROM nodes WHERE state = 2", "1");
  wait_for("SELECT count(*) FROM placements WHERE node = 'c'", "0");
  wait_until_replicated(); // on the other two
  wait_for_searches(10);
  const auto returned = node("c").restart();
  ASSERT_TRUE(returned) << why(returned);
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'c' AND state = 1", "t");
  wait_until_replicated();
  EXPECT_EQ(search("c", "bella.jpg"), std::vector{bella});
  wait_for_searches(10);
  is_over = true;
  searching.join();
}

} // namespace
} // namespace rollcall::test
