/// A cluster whose nodes have roles of their own: fronts, embedders, shards.
#include "tests/e2e/cluster_fixture.hpp"

#include <atomic>
#include <csignal>

namespace rollcall::test {
namespace {

class roles_test : public cluster_fixture {
protected:
  void SetUp() override {
    cluster_fixture::SetUp();
    if (IsSkipped())
      return;
    for (const auto* name : {"shard1", "shard2"})
      start(name, "shard");
    for (const auto* name : {"embedder1", "embedder2"})
      start(name, "embedder");
    for (const auto* name : {"front1", "front2"})
      start(name, "front,controller");
    answer("front1", "CreateCollection", {{"CollectionId", "c"}});
    anna_ = index("front1", "anna_1.jpg");
    wait_until_replicated();
  }
  [[nodiscard]] int status_of_search(const std::string& at) {
    return static_cast<int>(
        call(at, "SearchFacesByImage", {{"CollectionId", "c"}, {"Image", image("anna_2.jpg")}}).status);
  }
  void wait_for_answers(const std::string& at) {
    ASSERT_TRUE(comes_true([&] { return status_of_search(at) == 200; }));
  }

  std::string anna_;
};

TEST_F(roles_test, each_node_does_its_part) {
  EXPECT_EQ(node("shard1").http_port(), 0);
  EXPECT_EQ(node("embedder1").http_port(), 0);
  EXPECT_EQ(search("front2", "anna_2.jpg"), std::vector{anna_});
  const auto held = [&](const std::string& name) {
    return server_.query(uri_, "SELECT count(*) FROM placements WHERE node = '" + name + "'");
  };
  EXPECT_EQ(held("shard1"), "8");
  EXPECT_EQ(held("embedder1"), "0");
  EXPECT_EQ(held("front1"), "0");
  for (const auto* name : {"shard1", "embedder1", "front1"}) {
    const auto ready = fetch(node(name).management_port(), "/readyz", soon());
    ASSERT_TRUE(ready) << why(ready);
    EXPECT_EQ(ready->status, 200) << name << ": " << ready->body;
  }
  const auto status = boost::json::parse(rollcall("front1", {"status", "--json"}).out).as_object();
  EXPECT_EQ(status.at("embedding_workers"), 2);
}

TEST_F(roles_test, an_embedder_that_dies_or_hangs_takes_no_request_with_it) {
  std::atomic<bool> is_over = false;
  std::atomic<int> searches = 0;
  std::vector<std::thread> clients;
  for (const auto* at : {"front1", "front2"})
    clients.emplace_back([&, at] {
      while (!is_over) {
        EXPECT_EQ(search(at, "anna_2.jpg"), std::vector{anna_});
        ++searches;
      }
    });
  wait_for_searches(searches, 10);
  node("embedder1").crash();
  wait_for_searches(searches, 10);
  const auto returned = node("embedder1").restart();
  ASSERT_TRUE(returned) << why(returned);
  const auto taken = "SELECT count(*) FROM nodes WHERE name = 'embedder1' AND state = 0";
  wait_for(taken, "1");
  wait_for_searches(searches, 10);
  node("embedder2").child().signal(SIGSTOP);
  wait_for_searches(searches, 20);
  node("embedder2").child().signal(SIGCONT);
  wait_for_searches(searches, 10);
  is_over = true;
  for (auto& one : clients)
    one.join();
}

TEST_F(roles_test, without_an_embedder_known_faces_are_found_and_pictures_are_refused) {
  node("embedder1").crash();
  node("embedder2").crash();
  const auto refused = call("front1", "SearchFacesByImage", {{"CollectionId", "c"}, {"Image", image("anna_2.jpg")}});
  EXPECT_EQ(refused.status, 500) << refused.body;
  EXPECT_NE(refused.body.find("InternalServerError"), std::string::npos) << refused.body;
  const auto known = answer("front1", "SearchFaces", {{"CollectionId", "c"}, {"FaceId", anna_}});
  EXPECT_TRUE(known.at("FaceMatches").as_array().empty()); // itself is left out
  const auto returned = node("embedder2").restart();
  ASSERT_TRUE(returned) << why(returned);
  wait_for_answers("front1");
  EXPECT_EQ(search("front1", "anna_2.jpg"), std::vector{anna_});
}

} // namespace
} // namespace rollcall::test
