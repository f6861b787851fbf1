/// One node on a PostgreSQL server: what it keeps there, and that a name belongs to one process.
#include "tests/e2e/node_test.hpp"
#include "tests/support/postgres_server.hpp"

#include <csignal>
#include <fstream>
#include <sstream>

namespace rollcall::test {
namespace {

class postgres_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    ASSERT_TRUE(write_pictures(scratch_.path()));
  }

  [[nodiscard]] node_options options() const {
    node_options made;
    made.settings = {"store.uri=" + uri_, "store.key_file=" + key_file_.string()};
    return made;
  }
  boost::json::object answer(std::string_view operation, const boost::json::object& input) {
    const auto reply = call(operation, input);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    return body_of(reply);
  }
  [[nodiscard]] boost::json::object image(const std::string& name) const {
    return image_of(bytes_of(scratch_.path() / name));
  }
  /// The similarity of the woman that was enrolled, by another photograph; whether the answer said that it is current.
  std::pair<double, std::string> search() {
    const auto reply =
        call("SearchFacesByImage", {{"CollectionId", "c"}, {"Image", image("anna_2.jpg")}, {"FaceMatchThreshold", 80}});
    const auto body = body_of(reply);
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto* found = body.if_contains("FaceMatches");
    const auto matches = found != nullptr ? found->as_array() : boost::json::array{};
    const auto current = reply.headers.find("x-rollcall-current");
    return {matches.empty() ? 0 : matches[0].at("Similarity").to_number<double>(),
            current == reply.headers.end() ? "" : current->second};
  }

  http_reply ask_admin(const std::string& what) {
    auto connection = http_connection::open(node().http_port(), soon());
    EXPECT_TRUE(connection) << why(connection);
    EXPECT_TRUE(connection->send(
        "GET /admin/v1/" + what + " HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: RollcallAdmin.v1\r\n\r\n", soon()));
    auto reply = connection->read_reply(soon());
    EXPECT_TRUE(reply) << why(reply);
    return reply ? *std::move(reply) : http_reply{};
  }
  /// Whether the node has logged both in one line.
  bool logs(const std::string& one, const std::string& other) {
    std::istringstream log(node().child().output(stream::err));
    for (std::string line; std::getline(log, line);)
      if (line.find(one) != std::string::npos && line.find(other) != std::string::npos)
        return true;
    return false;
  }

  temp_dir scratch_;
  std::filesystem::path key_file_ = write_secrets_key(scratch_.path());
  postgres_server server_;
  std::string uri_ = server_.make_schema();
};

TEST_F(postgres_test, keeps_everything_on_the_server) {
  start_node(options());
  answer("CreateCollection", {{"CollectionId", "c"}});
  answer("IndexFaces", {{"CollectionId", "c"}, {"Image", image("anna_1.jpg")}});
  EXPECT_GT(search().first, 90);
  EXPECT_EQ(search().second, "true");
  EXPECT_FALSE(std::filesystem::exists(node().data_dir() / "rollcall.db"));
  stop_node();
  restart_node();
  EXPECT_GT(search().first, 90);
  node().crash();
  restart_node(); // waits until the killed process has been silent for a lease
  EXPECT_GT(search().first, 90);
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM faces"), "1");
  server_.stop();
  EXPECT_EQ(call("ListCollections", "{}").status, 500); // to be tried again
  server_.start();
  EXPECT_EQ(answer("ListCollections", {}).at("CollectionIds").as_array().size(), 1U);
}

// Where the server is and who asks it is for the log, under the request's id.
TEST_F(postgres_test, callers_are_not_told_where_the_server_is) {
  start_node(options());
  answer("CreateCollection", {{"CollectionId", "c"}});
  const auto place = server_.directory().string();
  const auto expect_plain = [&](const http_reply& reply) {
    EXPECT_EQ(reply.status, 500);
    EXPECT_NE(reply.body.find("the database can't be reached: repeat the request later"), std::string::npos)
        << reply.body;
    EXPECT_EQ(reply.body.find(place), std::string::npos) << reply.body;
    const auto& id = reply.headers.at("x-amzn-requestid");
    EXPECT_NE(reply.body.find("(request " + id + ": "), std::string::npos) << reply.body;
    EXPECT_TRUE(comes_true([&] { return logs(id, place); }, core::deadline::in(std::chrono::seconds{5}))) << id;
  };
  server_.stop();
  expect_plain(call("ListCollections", "{}"));
  expect_plain(call("DescribeCollection", {{"CollectionId", "c"}}));
  expect_plain(call("CreateCollection", {{"CollectionId", "d"}}));
  expect_plain(ask_admin("collections"));
  const auto second = run(rollcalld_command(options()), soon()); // an operator is told
  ASSERT_TRUE(second) << why(second);
  EXPECT_NE(second->err.find(place), std::string::npos) << second->err;
  server_.start();
}

TEST_F(postgres_test, two_nodes_of_one_name_are_refused) {
  start_node(options());
  const auto second = run(rollcalld_command(options()), soon());
  ASSERT_TRUE(second) << why(second);
  EXPECT_EQ(second->exit, (exit_state{1, 0}));
  EXPECT_NE(second->err.find("Another process runs as the node"), std::string::npos) << second->err;
  EXPECT_NE(second->err.find("node.name"), std::string::npos) << second->err;
  EXPECT_EQ(answer("ListCollections", {}).at("CollectionIds").as_array().size(), 0U);
}

TEST_F(postgres_test, a_node_runs_with_the_key_that_was_made_for_it) {
  auto with = options();
  with.data_dir = scratch_.path() / "data";
  ASSERT_TRUE(std::filesystem::create_directory(with.data_dir));
  const auto file = (with.data_dir / "node.key").string();
  const command making{program("rollcall").string(), {"keys", "node", "--out", file, "--json"}};
  const auto made = run(making, soon());
  ASSERT_TRUE(made) << why(made);
  ASSERT_EQ(made->exit, (exit_state{0, 0})) << made->err;
  const auto again = run(making, soon());
  ASSERT_TRUE(again) << why(again);
  EXPECT_EQ(again->exit, (exit_state{1, 0}));
  EXPECT_NE(again->err.find(file + " exists"), std::string::npos) << again->err;
  start_node(with);
  EXPECT_EQ(server_.query(uri_, "SELECT public_key FROM nodes"),
            body_of({200, {}, made->out}).at("public_key").as_string());
}

TEST_F(postgres_test, the_store_of_a_newer_program_is_left_as_it_is) {
  start_node(options());
  answer("CreateCollection", {{"CollectionId", "c"}});
  stop_node();
  const auto version = server_.query(uri_, "SELECT max(version) FROM schema_versions");
  server_.run(uri_, "INSERT INTO schema_versions VALUES (99, 0)");
  expect_refusal(options(), {"schema version 99", "up to " + version, "run the newer program that wrote it"});
  EXPECT_EQ(server_.query(uri_, "SELECT max(version) FROM schema_versions"), "99");
  server_.run(uri_, "DELETE FROM schema_versions WHERE version = 99");
  restart_node();
  EXPECT_EQ(answer("ListCollections", {}).at("CollectionIds").as_array().size(), 1U);
}

TEST_F(postgres_test, roles_and_addresses_that_are_none_are_refused) {
  for (const auto& [setting, named] :
       {std::pair{"node.roles=front,cook", "cook"}, {"cluster.advertise=here", "cluster.advertise"}}) {
    auto wrong = options();
    wrong.settings.emplace_back(setting);
    const auto refused = run(rollcalld_command(wrong), soon());
    ASSERT_TRUE(refused) << why(refused);
    EXPECT_EQ(refused->exit, (exit_state{1, 0}));
    EXPECT_NE(refused->err.find(named), std::string::npos) << refused->err;
  }
}

// A node that hung, and whose place another took, stops as soon as it wakes up.
TEST_F(postgres_test, a_node_that_was_displaced_stops) {
  start_node(options());
  node().child().signal(SIGSTOP);
  auto second = rollcalld_process::start(options());
  ASSERT_TRUE(second) << why(second);
  node().child().signal(SIGCONT);
  const auto ended = node().child().wait_for_exit(soon());
  ASSERT_TRUE(ended) << why(ended);
  EXPECT_EQ(*ended, (exit_state{3, 0}));
  const auto reply = test::call((*second)->http_port(), "ListCollections", "{}", soon());
  ASSERT_TRUE(reply) << why(reply);
  EXPECT_EQ(reply->status, 200);
}

TEST_F(postgres_test, the_uri_may_stand_in_a_file) {
  const auto file = scratch_.path() / "uri";
  auto from_file = options();
  from_file.settings[0] = "store.uri_file=" + file.string();
  const auto refused = run(rollcalld_command(from_file), soon());
  ASSERT_TRUE(refused) << why(refused);
  EXPECT_NE(refused->err.find("store.uri_file"), std::string::npos) << refused->err;
  std::ofstream(file) << uri_ << '\n';
  start_node(from_file);
  answer("CreateCollection", {{"CollectionId", "c"}});
  EXPECT_EQ(server_.query(uri_, "SELECT id FROM collections"), "c");
}

} // namespace
} // namespace rollcall::test
