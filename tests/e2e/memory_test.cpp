/// A node whose references have used up their memory takes no more of them, says so, and does all else.
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/random_references.hpp"

#include "core/uuid.hpp"

namespace rollcall::test {
namespace {

namespace json = boost::json;

constexpr std::size_t dimension = 512;
constexpr std::size_t faces_a_request = 512;
const std::string setting = "search.memory_budget=32MiB";

// Imports faces of random people until a request is refused; then that reply, with the ids of what was taken before.
class filling {
public:
  http_reply fill(std::uint16_t port) {
    for (int requests = 0; requests < 100; ++requests) {
      auto reply = import_some(port);
      if (reply.status != 200)
        return reply;
    }
    ADD_FAILURE() << "51'200 faces in 32 MiB";
    return {};
  }
  void empty(std::uint16_t port) {
    while (!taken_.empty()) {
      json::array ids;
      for (std::size_t i = 0; i < 1'000 && !taken_.empty(); ++i) {
        ids.emplace_back(taken_.back());
        taken_.pop_back();
      }
      const auto reply = test::call(port, "DeleteFaces",
                                    json::serialize(json::object{{"CollectionId", "c"}, {"FaceIds", ids}}), soon());
      ASSERT_TRUE(reply) << why(reply);
      ASSERT_EQ(reply->status, 200) << reply->body;
    }
  }

private:
  http_reply import_some(std::uint16_t port) {
    std::string body;
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < faces_a_request; ++i) {
      ids.push_back(core::to_string(core::random_uuid()));
      body += face_line(ids.back(), core::to_string(core::random_uuid()), made_.embedding(dimension));
    }
    auto connection = http_connection::open(port, soon());
    EXPECT_TRUE(connection && connection->send(import_request("c", body), soon()));
    auto reply = connection ? connection->read_reply(soon()) : core::result<http_reply>{core::error{}};
    EXPECT_TRUE(reply) << why(reply);
    if (reply && reply->status == 200)
      taken_.insert(taken_.end(), ids.begin(), ids.end());
    return reply ? *std::move(reply) : http_reply{};
  }

  testing::random_references made_{7};
  std::vector<std::string> taken_;
};

void expect_full(const http_reply& reply, const std::string& node) {
  EXPECT_EQ(reply.status, 400);
  EXPECT_EQ(error_type(reply), "ServiceQuotaExceededException") << reply.body;
  for (const auto& words : {"The node " + node, std::string{"of the 32.0 MiB that search.memory_budget gives them"},
                            std::string{"8.0 MiB are kept free"}, std::string{"delete faces"}})
    EXPECT_NE(reply.body.find(words), std::string::npos) << "no '" << words << "' in: " << reply.body;
}

class memory_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    ASSERT_TRUE(write_pictures(scratch_.path()));
    start_node({{}, {"vision.workers=1", "node.name=sole", setting}});
    EXPECT_EQ(call("CreateCollection", {{"CollectionId", "c"}}).status, 200);
  }
  http_reply index(const std::string& picture) {
    return call("IndexFaces", {{"CollectionId", "c"}, {"Image", image_of(bytes_of(scratch_.path() / picture))}});
  }
  bool finds_anna() {
    const auto reply = call("SearchFacesByImage", {{"CollectionId", "c"},
                                                   {"Image", image_of(bytes_of(scratch_.path() / "anna_2.jpg"))},
                                                   {"FaceMatchThreshold", 80}});
    const auto body = body_of(reply);
    return reply.status == 200 && body.at("FaceMatches").as_array().size() == 1;
  }

  temp_dir scratch_;
  filling filling_;
};

TEST_F(memory_test, a_full_node_refuses_more_and_does_all_else) {
  const auto anna = index("anna_1.jpg");
  ASSERT_EQ(anna.status, 200) << anna.body;
  expect_full(filling_.fill(node().http_port()), "sole");
  expect_full(index("bella.jpg"), "sole");
  const auto id = body_of(anna).at("FaceRecords").at(0).at("Face").at("FaceId");
  EXPECT_EQ(call("CreateUser", {{"CollectionId", "c"}, {"UserId", "anna"}}).status, 200); // it has no vector yet
  const json::object tie{{"CollectionId", "c"}, {"UserId", "anna"}, {"FaceIds", json::array{id}}};
  expect_full(call("AssociateFaces", tie), "sole");
  EXPECT_TRUE(finds_anna());
  stop_node();
  restart_node();
  EXPECT_TRUE(finds_anna());
  expect_full(index("bella.jpg"), "sole");
  filling_.empty(node().http_port());
  ASSERT_TRUE(comes_true([&] { return index("bella.jpg").status == 200; }));
  EXPECT_EQ(call("AssociateFaces", tie).status, 200);
  EXPECT_TRUE(finds_anna());
}

using memory_cluster_test = cluster_fixture;

TEST_F(memory_cluster_test, one_full_node_refuses_for_its_partitions_at_every_front) {
  start("a");
  start("b");
  start("small", "front,embedder,shard,controller", {setting});
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  wait_until_replicated();
  const auto anna = index("a", "anna_1.jpg");
  filling faces;
  expect_full(faces.fill(node("a").http_port()), "small"); // 512 faces go to all partitions
  wait_for("SELECT memory_used >= memory_budget - 8388608 FROM nodes WHERE name = 'small'", "t");
  for (const auto* at : {"a", "b", "small"}) {
    EXPECT_EQ(search(at, "anna_2.jpg"), std::vector{anna}) << at;
    expect_full(faces.fill(node(at).http_port()), "small");
  }
  faces.empty(node("b").http_port());
  wait_for("SELECT memory_used < memory_budget - 8388608 FROM nodes WHERE name = 'small'", "t");
  ASSERT_TRUE(comes_true([&] {
    return call("a", "IndexFaces", {{"CollectionId", "c"}, {"Image", image("bella.jpg")}}).status == 200;
  }));
}

} // namespace
} // namespace rollcall::test
