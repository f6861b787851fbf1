/// What the containers of deploy/ run, without an engine: the first start on an empty PostgreSQL, the rights of the
/// nodes' role, and a node that serves with those and with the settings of the compose file.
#include "tests/e2e/node_test.hpp"
#include "tests/support/postgres_server.hpp"

#include <cstdlib>
#include <fstream>
#include <thread>

namespace rollcall::test {
namespace {

class container_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "models"))
      GTEST_SKIP() << "no models under " << fetched_dir() << ": run ./dev setup";
    server_.run(admin_, "CREATE DATABASE rollcall");
  }

  /// The database as `role`.
  [[nodiscard]] std::string uri_of(const std::string& role) const {
    const auto host = admin_.find("?host=");
    return "postgresql://" + role + "@/rollcall" + admin_.substr(host, admin_.find("&options=") - host);
  }
  [[nodiscard]] std::string file_with(const std::string& name, const std::string& content) const {
    const auto file = scratch_.path() / name;
    std::ofstream{file} << content;
    return file;
  }

  finished_command first_start() {
    command what{"deploy/container/rollcall-first-start",
                 {"--set", "store.uri_file=" + file_with("owner.uri", uri_of("rollcall") + "\n"), "--set",
                  "store.key_file=" + key_file_.string()}};
    what.environment = {{"PATH", program("rollcalld").parent_path().string() + ":" + std::getenv("PATH")}};
    auto done = run(what, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }
  finished_command grant_rights() {
    auto done = run({"/usr/lib/postgresql/15/bin/psql",
                     {uri_of("rollcall"), "--quiet", "-v", "ON_ERROR_STOP=1", "-v", "password=it's secret",
                      "--file=deploy/postgresql/rights.sql"}},
                    soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }

  /// Waits until the node exports the line.
  void wait_for_metric(const std::string& line) {
    const auto until = soon();
    for (;;) {
      const auto metrics = fetch(node().management_port(), "/metrics", until);
      ASSERT_TRUE(metrics) << why(metrics);
      if (metrics->body.find("\n" + line + "\n") != std::string::npos)
        return;
      ASSERT_FALSE(until.has_passed()) << "no " << line << " in\n" << metrics->body;
      std::this_thread::sleep_for(std::chrono::milliseconds{20});
    }
  }

  temp_dir scratch_;
  std::filesystem::path key_file_ = write_secrets_key(scratch_.path());
  postgres_server server_;
  std::string admin_ = server_.make_schema();
};

TEST_F(container_test, a_first_start_makes_tables_and_key_and_nodes_need_no_more_rights) {
  const auto first = first_start();
  EXPECT_EQ(first.exit, (exit_state{0, 0})) << first.err;
  EXPECT_NE(first.out.find("secret_key = \""), std::string::npos) << first.out << first.err;
  for (int i = 0; i < 2; ++i) { // the second changes nothing
    const auto granted = grant_rights();
    EXPECT_EQ(granted.exit, (exit_state{0, 0})) << granted.err;
  }
  node_options options;
  options.http = "0.0.0.0:0"; // which a node refuses that has no key
  options.arguments = {"--config", "deploy/container/rollcall.toml"};
  options.settings = {"store.uri_file=" + file_with("node.uri", uri_of("rollcall_node") + "\n"),
                      "store.key_file=" + key_file_.string(), "cluster.listen=127.0.0.1:0", "node.name=node-a"};
  start_node(std::move(options));
  const auto reply = call("ListCollections", "{}");
  EXPECT_EQ(error_type(reply), "MissingAuthenticationTokenException") << reply.body;
  wait_for_metric("rollcall_cluster_controller 1");
  wait_for_metric("rollcall_cluster_nodes{state=\"active\"} 1");
  wait_for_metric("rollcall_cluster_nodes{state=\"dead\"} 1"); // the first start's
  stop_node();
  const auto again = first_start(); // as before an upgrade
  EXPECT_EQ(again.exit, (exit_state{0, 0})) << again.err;
  EXPECT_EQ(again.out.find("secret_key"), std::string::npos) << again.out;
}

TEST_F(container_test, a_first_start_that_fails_says_so) {
  server_.stop();
  const auto failed = first_start();
  EXPECT_NE(failed.exit, (exit_state{0, 0}));
  EXPECT_NE(failed.err.find("first-start: the node did not start"), std::string::npos) << failed.err;
}

} // namespace
} // namespace rollcall::test
