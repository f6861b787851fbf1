/// A cluster that lets nodes in by token only: real nodes, keys and commands.
#include "tests/e2e/cluster_fixture.hpp"

#include <algorithm>
#include <fstream>

namespace rollcall::test {
namespace {

class join_test : public cluster_fixture {
protected:
  [[nodiscard]] node_options options_of(const std::string& name, const std::string& admission = "token") const {
    node_options made;
    made.data_dir = scratch_.path() / name;
    made.settings = {"store.uri=" + uri_,  "store.key_file=" + key_file_.string(),
                     "node.name=" + name,  "cluster.admission=" + admission,
                     "vision.workers=1",   "cluster.dead_after=5s",
                     "search.partitions=8"};
    return made;
  }
  void start_as(const std::string& name, const node_options& options) {
    auto started = rollcalld_process::start(options);
    ASSERT_TRUE(started) << why(started);
    nodes_[name] = *std::move(started);
  }
  /// The command's one JSON object.
  boost::json::object ask(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto done = rollcall("a", arguments);
    EXPECT_EQ(done.exit.exit_code, 0) << done.err;
    return body_of({200, {}, done.out});
  }
  std::string token(std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"cluster", "token"});
    return std::string{ask(std::move(more)).at("token").as_string()};
  }
  /// Makes the node's key where it will look for it.
  std::string make_key(const std::string& name) {
    std::filesystem::create_directory(scratch_.path() / name);
    const auto file = (scratch_.path() / name / "node.key").string();
    ask({"keys", "node", "--out", file});
    return file;
  }
  finished_command join(const std::string& token, const std::string& file, const std::string& name) {
    return rollcall("a", {"cluster", "join", "--token", token, "--node-key", file, "--name", name});
  }
  void wait_for_log(const std::string& name, const std::string& words) {
    ASSERT_TRUE(comes_true([&] { return node(name).child().output(stream::err).find(words) != std::string::npos; }))
        << name << " never said: " << words;
  }
  void expect_refusal(const finished_command& done, const std::string& words) {
    EXPECT_EQ(done.exit, (exit_state{4, 0})) << done.out << done.err;
    EXPECT_NE(done.err.find(words), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("rollcall cluster token"), std::string::npos) << done.err; // the way out
  }
};

TEST_F(join_test, a_node_is_let_in_by_a_token_once) {
  start_as("a", options_of("a")); // the first of all: nobody could let it in
  // b has no token.
  const auto refused = run(rollcalld_command(options_of("b")), soon());
  ASSERT_TRUE(refused) << why(refused);
  EXPECT_EQ(refused->exit, (exit_state{1, 0})) << refused->err;
  EXPECT_NE(refused->err.find("rollcall cluster join"), std::string::npos) << refused->err;
  EXPECT_NE(refused->err.find("rollcall cluster token --node b"), std::string::npos) << refused->err;
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM nodes"), "1");
  // With one it serves, with the key that it made at that start.
  const auto key_of_b = (scratch_.path() / "b" / "node.key").string();
  const auto first = token({"--node", "b", "--ttl", "10m"});
  expect_refusal(join(first, key_of_b, "c"), "for the node b, not for c");
  const auto joined = join(first, key_of_b, "b");
  ASSERT_EQ(joined.exit, (exit_state{0, 0})) << joined.err;
  start_as("b", options_of("b"));
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  wait_until_replicated();
  const auto anna = index("a", "anna_1.jpg");
  EXPECT_EQ(search("b", "anna_2.jpg"), std::vector{anna});
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna});
  // Not twice, and not by what is no token.
  const auto key_of_c = make_key("c");
  expect_refusal(join(first, key_of_c, "c"), "used already, for the node b");
  expect_refusal(join("rcj-guess", key_of_c, "c"), "has not made this token");
  const auto other = run(rollcalld_command(options_of("c")), soon());
  ASSERT_TRUE(other) << why(other);
  EXPECT_EQ(other->exit, (exit_state{1, 0})) << other->err;
  // The token is nowhere but with who asked for it.
  for (const auto& [name, one] : nodes_)
    EXPECT_EQ(one->child().output(stream::err).find(first), std::string::npos) << name;
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM join_tokens WHERE used_by = 'b'"), "1");
}

TEST_F(join_test, a_token_gives_no_other_right_and_needs_no_key) {
  start_as("a", options_of("a"));
  const auto first = token();
  ASSERT_EQ(rollcall("a", {"init"}).exit.exit_code, 0); // requests need signatures from now on
  EXPECT_EQ(rollcall("a", {"cluster", "token"}).exit.exit_code, 4);
  EXPECT_EQ(rollcall("a", {"cluster", "status"}).exit.exit_code, 4);
  const auto file = (scratch_.path() / "b.key").string();
  EXPECT_EQ(rollcall("a", {"keys", "node", "--out", file}).exit.exit_code, 0);
  EXPECT_EQ(join(first, file, "b").exit.exit_code, 0);
}

TEST_F(join_test, a_node_that_gets_another_key_is_shut_out_with_the_earlier_one) {
  start_as("a", options_of("a"));
  const auto key_of_b = make_key("b");
  ASSERT_EQ(join(token(), key_of_b, "b").exit.exit_code, 0);
  start_as("b", options_of("b"));
  const auto key_of_new_b = make_key("new_b");
  ASSERT_EQ(join(token(), key_of_new_b, "b").exit.exit_code, 0);
  const auto ended = node("b").child().wait_for_exit(soon()); // it stops, and comes back with that key only
  ASSERT_TRUE(ended) << why(ended);
  EXPECT_EQ(*ended, (exit_state{3, 0}));
  const auto again = run(rollcalld_command(options_of("b")), soon());
  ASSERT_TRUE(again) << why(again);
  EXPECT_EQ(again->exit, (exit_state{1, 0})) << again->err;
  std::filesystem::copy_file(key_of_new_b, key_of_b, std::filesystem::copy_options::overwrite_existing);
  start_as("b", options_of("b"));
}

// 192.0.2.1 is nobody's (RFC 5737): what may not be sent is refused before it is asked for.
TEST_F(join_test, secrets_are_not_sent_where_others_read_along) {
  const auto file = (scratch_.path() / "b.key").string();
  const auto ask = [](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--endpoint", "http://192.0.2.1:8750", "--timeout", "0.2"});
    auto done = run(command{program("rollcall").string(), std::move(arguments)}, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  };
  ASSERT_EQ(ask({"keys", "node", "--out", file}).exit.exit_code, 0);
  const std::vector<std::vector<std::string>> telling{
      {"cluster", "join", "--token", "rcj-secret", "--node-key", file, "--name", "b"},
      {"cluster", "token"},
      {"keys", "create", "--name", "gate"}};
  for (auto arguments : telling) {
    const auto refused = ask(arguments);
    EXPECT_EQ(refused.exit, (exit_state{2, 0})) << refused.err;
    EXPECT_NE(refused.err.find("https://"), std::string::npos) << refused.err;
    EXPECT_NE(refused.err.find("--insecure-http"), std::string::npos) << refused.err;
    arguments.emplace_back("--insecure-http");
    EXPECT_EQ(ask(arguments).exit, (exit_state{3, 0})) << arguments[1]; // tried, in vain
  }
  EXPECT_EQ(ask({"cluster", "status"}).exit, (exit_state{3, 0}));
}

// A node that does not ask for tokens itself, and so starts, finds every door shut.
TEST_F(join_test, a_node_that_has_not_joined_is_not_let_in_by_the_others) {
  start_as("a", options_of("a"));
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  const auto anna = index("a", "anna_1.jpg");
  start_as("b", options_of("b", "store"));
  wait_for_log("b", "the peer refuses this node's key");
  wait_for_log("a", "its key has not joined by a token");
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM placements WHERE node = 'b'"), "0");
  EXPECT_EQ(search("a", "anna_2.jpg"), std::vector{anna});
  const auto key_of_b = (scratch_.path() / "b" / "node.key").string();
  ASSERT_EQ(join(token(), key_of_b, "b").exit.exit_code, 0); // a running node may join, too
  wait_until_replicated();
  EXPECT_EQ(search("b", "anna_2.jpg"), std::vector{anna});
}

} // namespace
} // namespace rollcall::test
