/// Several real nodes on one PostgreSQL: what one takes every other finds, also while nodes die, hang and return.
#include "tests/e2e/node_test.hpp"
#include "tests/support/postgres_server.hpp"

#include <atomic>
#include <csignal>
#include <map>
#include <thread>

namespace rollcall::test {
namespace {

class cluster_test : public ::testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    ASSERT_TRUE(write_pictures(scratch_.path()));
    for (const auto* name : {"a", "b", "c"})
      start(name);
  }
  void TearDown() override {
    for (const auto& [name, node] : nodes_) {
      if (HasFailure())
        std::cerr << "--- log of " << name << ":\n" << node->child().output(stream::err) << "---\n";
    }
  }

  void start(const std::string& name) {
    node_options options;
    options.settings = {"store.uri=" + uri_,     "store.key_file=" + key_file_.string(),
                        "node.name=" + name,     "vision.workers=1",
                        "cluster.dead_after=5s", "search.partitions=8"};
    auto started = rollcalld_process::start(std::move(options));
    ASSERT_TRUE(started) << why(started);
    nodes_[name] = *std::move(started);
  }
  rollcalld_process& node(const std::string& name) { return *nodes_.at(name); }

  http_reply call(const std::string& at, std::string_view operation, const boost::json::object& input) {
    auto reply = test::call(node(at).http_port(), operation, boost::json::serialize(input), soon());
    EXPECT_TRUE(reply) << operation << ": " << why(reply);
    return reply ? *std::move(reply) : http_reply{};
  }
  boost::json::object answer(const std::string& at, std::string_view operation, const boost::json::object& input) {
    const auto reply = call(at, operation, input);
    EXPECT_EQ(reply.status, 200) << operation << " at " << at << ": " << reply.body;
    return body_of(reply);
  }
  [[nodiscard]] boost::json::object image(const std::string& name) const {
    return image_of(bytes_of(scratch_.path() / name));
  }
  std::string index(const std::string& at, const std::string& picture) {
    const auto reply = answer(at, "IndexFaces", {{"CollectionId", "c"}, {"Image", image(picture)}});
    const auto* records = reply.if_contains("FaceRecords");
    return records != nullptr && !records->as_array().empty()
               ? std::string{records->at(0).at("Face").at("FaceId").as_string()}
               : std::string{};
  }
  /// The faces that look like the picture's, in a complete answer that says it is current; "?" for any other.
  std::vector<std::string> search(const std::string& at, const std::string& picture) {
    const auto reply =
        call(at, "SearchFacesByImage", {{"CollectionId", "c"}, {"Image", image(picture)}, {"FaceMatchThreshold", 80}});
    const auto body = body_of(reply);
    const auto current = reply.headers.find("x-rollcall-current");
    if (reply.status != 200 || current == reply.headers.end() || current->second != "true") {
      ADD_FAILURE() << reply.status << " " << reply.body << (reply.status == 200 ? " not current" : "");
      return {"?"};
    }
    std::vector<std::string> found;
    for (const auto& match : body.at("FaceMatches").as_array())
      found.emplace_back(match.at("Face").at("FaceId").as_string());
    return found;
  }
  /// Waits until the store says it.
  void wait_for(const std::string& sql, const std::string& wanted) {
    const auto until = soon();
    while (server_.query(uri_, sql) != wanted) {
      ASSERT_FALSE(until.has_passed()) << sql << " stays " << server_.query(uri_, sql);
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }
  void wait_until_replicated() { wait_for("SELECT count(*) FROM placements WHERE state = 1", "16"); }

  temp_dir scratch_;
  std::filesystem::path key_file_ = write_secrets_key(scratch_.path());
  postgres_server server_;
  std::string uri_ = server_.make_schema();
  std::map<std::string, std::unique_ptr<rollcalld_process>> nodes_;
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
  const auto rollcall = [&](std::vector<std::string> arguments) {
    command what{program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", node("b").url()}};
    auto done = run(what, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  };
  const auto seen = rollcall({"cluster", "status"});
  EXPECT_EQ(seen.exit, (exit_state{0, 0})) << seen.err;
  EXPECT_NE(seen.out.find("8 partitions, 2 replicas of each wanted, none missing"), std::string::npos) << seen.out;
  EXPECT_EQ(rollcall({"nodes", "drain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) FROM placements WHERE node = 'a'", "0");
  const auto drained = boost::json::parse(rollcall({"cluster", "status", "--json"}).out).as_object();
  const auto& first = drained.at("nodes").at(0).as_object();
  EXPECT_EQ(first.at("name").as_string(), "a");
  EXPECT_EQ(first.at("state").as_string(), "draining");
  EXPECT_EQ(first.at("ready"), 0);
  EXPECT_EQ(drained.at("replicas_missing"), 0);
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna}); // it still takes requests
  EXPECT_EQ(rollcall({"nodes", "undrain", "a"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'a' AND state = 1", "t");
  const auto unknown = rollcall({"nodes", "drain", "nobody"});
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
