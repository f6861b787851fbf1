/// What an operator does with a cluster by the command line. One cluster of three nodes serves all tests here; they
/// leave it as they found it, but for the last.
#include "tests/e2e/cluster_fixture.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <set>
#include <sstream>

namespace rollcall::test {
namespace {

namespace json = boost::json;

struct three_nodes {
  three_nodes() {
    for (const auto* name : {"a", "b", "c"}) {
      node_options options;
      options.settings = {"store.uri=" + uri, "store.key_file=" + key_file.string(), "node.name=" + std::string{name},
                          "vision.workers=1", "search.partitions=8"};
      auto started = rollcalld_process::start(std::move(options));
      EXPECT_TRUE(started) << why(started);
      if (started)
        nodes[name] = *std::move(started);
    }
  }

  temp_dir scratch;
  std::filesystem::path key_file = write_secrets_key(scratch.path());
  postgres_server server;
  std::string uri = server.make_schema();
  std::map<std::string, std::unique_ptr<rollcalld_process>> nodes;
};

class operator_test : public ::testing::Test {
protected:
  static void SetUpTestSuite() { cluster_ = std::make_unique<three_nodes>(); }
  static void TearDownTestSuite() { cluster_.reset(); }

  void SetUp() override {
    ASSERT_EQ(cluster_->nodes.size(), 3U);
    // There from the first test on.
    const auto made = call(node("a").http_port(), "CreateCollection", R"({"CollectionId": "staff"})", soon());
    ASSERT_TRUE(made) << why(made);
    wait_for("SELECT count(*) FROM placements WHERE state = 1", "16");
  }
  void TearDown() override {
    for (const auto& [name, one] : cluster_->nodes)
      if (HasFailure())
        std::cerr << "--- log of " << name << ":\n" << one->child().output(stream::err) << "---\n";
  }

  static rollcalld_process& node(const std::string& name) { return *cluster_->nodes.at(name); }

  /// The command, asked of node b.
  static finished_command rollcall(std::vector<std::string> arguments) {
    command what{program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", node("b").url()}, {"HOME", cluster_->scratch.path().string()}};
    auto done = run(what, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }
  /// The JSON objects that it prints, one a line.
  static std::vector<json::object> ask(std::vector<std::string> arguments, int code = 0) {
    arguments.emplace_back("--json");
    const auto done = rollcall(std::move(arguments));
    EXPECT_EQ(done.exit.exit_code, code) << done.out << done.err;
    std::vector<json::object> lines;
    std::istringstream out{done.out};
    for (std::string line; std::getline(out, line);)
      lines.push_back(json::parse(line).as_object());
    return lines;
  }
  static void expect_refusal(const std::vector<std::string>& arguments, const std::string& text, int code = 1) {
    const auto done = rollcall(arguments);
    EXPECT_EQ(done.exit.exit_code, code) << done.out << done.err;
    EXPECT_NE(done.err.find(text), std::string::npos) << done.err;
  }
  static void wait_for(const std::string& sql, const std::string& wanted) {
    test::wait_for(cluster_->server, cluster_->uri, sql, wanted);
  }
  static std::string held_by(const std::string& name) {
    return cluster_->server.query(cluster_->uri, "SELECT count(*) FROM placements WHERE node = '" + name + "'");
  }

  static std::unique_ptr<three_nodes> cluster_;
};

std::unique_ptr<three_nodes> operator_test::cluster_;

std::set<std::string> names_of(const json::object& listing) {
  std::set<std::string> names;
  for (const auto& one : listing.at("nodes").as_array())
    names.emplace(one.at("name").as_string());
  return names;
}

TEST_F(operator_test, lists_the_nodes) {
  const auto listed = ask({"nodes", "list"});
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(names_of(listed.front()), (std::set<std::string>{"a", "b", "c"}));
  const auto shown = rollcall({"nodes", "list"}).out;
  EXPECT_EQ(std::count(shown.begin(), shown.end(), '\n'), 4) << shown;
  EXPECT_NE(shown.find("front,embedder,shard,ingest,controller"), std::string::npos) << shown;
  EXPECT_NE(shown.find(" s ago"), std::string::npos) << shown;
}

TEST_F(operator_test, lists_the_partitions_with_their_replicas) {
  const auto rows = ask({"partitions", "list"});
  ASSERT_EQ(rows.size(), 8U);
  std::size_t on_a = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].at("collection_id").as_string(), "staff");
    EXPECT_EQ(rows[i].at("partition"), i);
    EXPECT_EQ(rows[i].at("missing"), 0);
    EXPECT_EQ(rows[i].at("seq"), 0);
    ASSERT_EQ(rows[i].at("replicas").as_array().size(), 2U);
    for (const auto& one : rows[i].at("replicas").as_array()) {
      EXPECT_EQ(one.at("state").as_string(), "ready");
      on_a += one.at("node").as_string() == "a" ? 1 : 0;
    }
  }
  EXPECT_EQ(ask({"partitions", "list", "--node", "a"}).size(), on_a);
  EXPECT_EQ(ask({"partitions", "list", "--collection", "staff"}), rows);
  EXPECT_EQ(std::to_string(on_a), held_by("a"));
  const auto few = rollcall({"partitions", "list", "--count", "3"});
  EXPECT_EQ(std::count(few.out.begin(), few.out.end(), '\n'), 4) << few.out;
  EXPECT_NE(few.err.find("more follow"), std::string::npos) << few.err;
  expect_refusal({"partitions", "list", "--node", "nobody"}, "There is no node nobody");
  expect_refusal({"partitions", "list", "--collection", "nobody"}, "ResourceNotFoundException");
}

TEST_F(operator_test, pages_of_partitions_follow_one_another) {
  auto connection = http_connection::open(node("c").http_port(), soon());
  ASSERT_TRUE(connection) << why(connection);
  std::vector<std::string> seen;
  std::string after;
  do {
    const auto path = "/admin/v1/partitions?limit=3" + (after.empty() ? "" : "&after=" + after);
    ASSERT_TRUE(connection->send(
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\n\r\n", soon()));
    const auto reply = connection->read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    ASSERT_EQ(reply->status, 200) << reply->body;
    const auto page = body_of(*reply);
    EXPECT_LE(page.at("partitions").as_array().size(), 3U);
    for (const auto& row : page.at("partitions").as_array())
      seen.push_back(json::serialize(row.at("partition")));
    const auto* next = page.if_contains("next");
    after = next == nullptr ? "" : std::string{next->as_string()};
  } while (!after.empty());
  EXPECT_EQ(seen, (std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6", "7"}));
}

TEST_F(operator_test, foretells_what_other_nodes_would_move) {
  const auto at_rest = ask({"rebalance", "--dry-run"}).front();
  EXPECT_EQ(at_rest.at("loads"), 0);
  EXPECT_EQ(at_rest.at("drops"), 0);
  const auto lost = ask({"rebalance", "--dry-run", "--without", "c"}).front();
  EXPECT_EQ(json::serialize(lost.at("loads")), held_by("c"));
  EXPECT_EQ(lost.at("unanswered"), 0);
  const auto both = ask({"rebalance", "--dry-run", "--without", "b", "--without", "c"}).front();
  EXPECT_EQ(json::serialize(both.at("unanswered")), std::to_string(8 - std::stoi(held_by("a"))));
  const auto grown = ask({"rebalance", "--dry-run", "--with", "d:3", "--drained", "a"}).front();
  EXPECT_EQ(names_of(grown), (std::set<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(grown.at("nodes").at(0).at("after"), 0);
  EXPECT_GT(grown.at("nodes").at(3).at("after").to_number<int>(), 0);
  const auto shown = rollcall({"rebalance", "--dry-run", "--without", "c", "--moves"}).out;
  EXPECT_NE(shown.find("\nload  staff"), std::string::npos) << shown;
  EXPECT_EQ(held_by("d"), "0"); // nothing was done
  expect_refusal({"rebalance"}, "--dry-run shows what it would do", 2);
  for (const auto* wrong : {"d", "d:", ":1", "d:x"})
    expect_refusal({"rebalance", "--dry-run", "--with", wrong}, "--with takes NAME:CAPACITY", 2);
  expect_refusal({"rebalance", "--dry-run", "--with", "a:1"}, "There is a node a already");
  expect_refusal({"rebalance", "--dry-run", "--with", "d:0"}, "a capacity above 0");
  expect_refusal({"rebalance", "--dry-run", "--without", "d"}, "There is no node d");
}

TEST_F(operator_test, moves_a_replica_and_lets_it_go) {
  const auto row = [] { return ask({"partitions", "list"})[3]; };
  const auto held = [&row] {
    std::set<std::string> nodes;
    const auto third = row();
    for (const auto& one : third.at("replicas").as_array())
      nodes.emplace(one.at("node").as_string());
    return nodes;
  };
  const auto before = held();
  const auto from = *before.begin();
  const std::string to = before.contains("c") ? (before.contains("b") ? "a" : "b") : "c";
  const auto is_there = "SELECT count(*) FROM placements WHERE part = 3 AND node = '";
  ASSERT_EQ(rollcall({"partitions", "move", "staff/3", "--from", from, "--to", to}).exit, (exit_state{0, 0}));
  wait_for(is_there + from + "'", "0");
  wait_for(is_there + to + "' AND state = 1", "1");
  const auto pinned = row().at("pinned").as_object();
  EXPECT_EQ(pinned.at("to").at(0).as_string(), to);
  EXPECT_EQ(pinned.at("away_from").at(0).as_string(), from);
  EXPECT_EQ(ask({"rebalance", "--dry-run"}).front().at("loads"), 0); // it stays there
  expect_refusal({"partitions", "move", "staff/3", "--from", from, "--to", to}, "holds no replica of staff/3");
  expect_refusal({"partitions", "move", "staff", "--from", from, "--to", to}, "COLLECTION/NUMBER", 2);
  expect_refusal({"partitions", "release", "staff/9"}, "There is no partition staff/9");
  EXPECT_EQ(rollcall({"partitions", "release", "staff/3"}).out, "released 2 pins\n");
  wait_for(is_there + from + "' AND state = 1", "1");
  wait_for(is_there + to + "'", "0");
  EXPECT_EQ(held(), before);
}

// What a node says of its loads with its heartbeats; it is stopped so that it says no more.
TEST_F(operator_test, shows_how_far_a_load_is) {
  const auto held = ask({"partitions", "list", "--node", "c"});
  ASSERT_FALSE(held.empty());
  const auto part = json::serialize(held.front().at("partition"));
  node("c").child().signal(SIGSTOP);
  const auto& server = cluster_->server;
  server.run(cluster_->uri, "UPDATE placements SET state = 0 WHERE node = 'c' AND part = " + part);
  server.run(cluster_->uri,
             "UPDATE nodes SET figures = '{\"loads\": [{\"collection\": \"' || (SELECT encode(key, 'hex')::uuid FROM "
             "collections) || '\", \"partition\": "
                 + part
                 + ", \"source\": \"a\", \"rows\": 10, \"rows_wanted\": 40, \"rows_per_s\": 2, \"left_ms\": "
                   "15000}]}' WHERE name = 'c'");
  const auto shown = rollcall({"partitions", "list"}).out;
  EXPECT_NE(shown.find("c (loading from a, 10 of 40 rows, 2 a second, 15.0 s left)"), std::string::npos) << shown;
  server.run(cluster_->uri, "UPDATE nodes SET figures = 'not JSON' WHERE name = 'c'");
  EXPECT_NE(rollcall({"partitions", "list"}).out.find("c (loading)"), std::string::npos);
  node("c").child().signal(SIGCONT);
}

TEST_F(operator_test, shows_what_the_nodes_are_at_work_on_and_who_is_silent) {
  const auto all = ask({"cluster", "top", "--once"}).front();
  EXPECT_EQ(names_of(all), (std::set<std::string>{"a", "b", "c"}));
  for (const auto& one : all.at("nodes").as_array()) {
    EXPECT_TRUE(one.as_object().contains("requests_per_s")) << one;
    EXPECT_TRUE(one.as_object().contains("pictures")) << one;
  }
  node("c").child().signal(SIGSTOP);
  wait_for("SELECT store_now() - beat_at > 3000 FROM nodes WHERE name = 'c'", "t");
  const auto two = ask({"cluster", "top", "--once"}).front();
  EXPECT_TRUE(two.at("nodes").at(1).as_object().contains("requests_per_s"));
  EXPECT_FALSE(two.at("nodes").at(2).as_object().contains("requests_per_s"));
  EXPECT_FALSE(two.at("nodes").at(2).as_object().contains("in_flight"));
  const auto shown = rollcall({"cluster", "top", "--once"}).out;
  EXPECT_NE(shown.find("c     silent, heard"), std::string::npos) << shown;
  node("c").child().signal(SIGCONT);
  wait_for("SELECT store_now() - beat_at < 3000 FROM nodes WHERE name = 'c'", "t");
}

json::object finding(const json::object& examined, const std::string& check) {
  for (const auto& one : examined.at("findings").as_array())
    if (one.at("check").as_string() == check)
      return one.as_object();
  ADD_FAILURE() << "nothing was said about " << check;
  return {{"state", ""}, {"found", ""}};
}

TEST_F(operator_test, the_doctor_looks_at_everything_and_says_what_to_do) {
  const auto key_file = cluster_->key_file;
  std::filesystem::permissions(key_file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  const auto open = ask({"doctor"}, 7).front();
  std::filesystem::permissions(key_file, std::filesystem::perms::group_read, std::filesystem::perm_options::remove);
  const auto files = finding(open, "key files");
  EXPECT_EQ(files.at("state").as_string(), "failure");
  EXPECT_NE(files.at("found").as_string().find(key_file.string()), std::string::npos);
  EXPECT_NE(files.at("advice").as_string().find("chmod 600"), std::string::npos);
  // The machine's disk and processor are what they are.
  for (const auto* check : {"clock", "store", "store clock", "models", "nodes", "versions", "replicas"})
    EXPECT_EQ(finding(open, check).at("state").as_string(), "fine") << finding(open, check);
  EXPECT_TRUE(finding(open, "store").at("found").as_string().starts_with("PostgreSQL 1"));
  for (const auto* check : {"disk", "cpu"})
    EXPECT_NE(finding(open, check).at("found").as_string(), "");
  const auto shown = rollcall({"doctor"});
  EXPECT_EQ(shown.out.find("key files: "), std::string::npos) << shown.out;
  EXPECT_NE(shown.out.find("each of 8 partitions on 2 nodes"), std::string::npos) << shown.out;
}

TEST_F(operator_test, takes_a_node_out_for_good_which_may_come_back_as_a_new_one) {
  expect_refusal({"nodes", "remove", "c"}, "drain it first (rollcall nodes drain c)");
  EXPECT_EQ(rollcall({"nodes", "drain", "c"}).exit, (exit_state{0, 0}));
  wait_for("SELECT count(*) FROM placements WHERE node = 'c'", "0");
  expect_refusal({"nodes", "remove", "c"}, "stop it");
  const auto stopped = node("c").stop();
  ASSERT_TRUE(stopped) << why(stopped);
  EXPECT_NE(rollcall({"nodes", "list"}).out.find("signed off"), std::string::npos);
  const auto removed = rollcall({"nodes", "remove", "c"});
  EXPECT_EQ(removed.exit, (exit_state{0, 0})) << removed.err;
  EXPECT_EQ(removed.out, "removed c\n");
  EXPECT_EQ(names_of(ask({"nodes", "list"}).front()), (std::set<std::string>{"a", "b"}));
  expect_refusal({"nodes", "remove", "c"}, "There is no node c");
  ASSERT_TRUE(node("c").restart());
  wait_for("SELECT count(*) > 0 FROM placements WHERE node = 'c' AND state = 1", "t");
  EXPECT_EQ(names_of(ask({"nodes", "list"}).front()), (std::set<std::string>{"a", "b", "c"}));
}

} // namespace
} // namespace rollcall::test
