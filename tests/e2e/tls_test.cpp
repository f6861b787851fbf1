/// A node that speaks TLS: its clients, those who should not believe it, new certificates, what it refuses to start
/// with.
#include "nodes/cli/connection.hpp"
#include "tests/e2e/node_test.hpp"
#include "tests/support/certificates.hpp"

#include <cstdlib>
#include <fstream>

namespace rollcall::test {
namespace {

class tls_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "models"))
      GTEST_SKIP() << "no models under " << fetched_dir() << ": run ./dev setup";
    for (const auto* unset : {"XDG_CONFIG_HOME", "ROLLCALL_ACCESS_KEY", "ROLLCALL_SECRET_KEY", "ROLLCALL_CA_FILE"})
      ::unsetenv(unset);
  }

  void put(const certificate& shown) const {
    write_private(file("server.crt"), shown.pem);
    write_private(file("server.key"), shown.key);
  }
  [[nodiscard]] std::vector<std::string> tls_settings() const {
    return {"http.tls_certificate=" + file("server.crt"), "http.tls_key=" + file("server.key")};
  }
  void start_secure_node(const certificate& shown) {
    put(shown);
    start_node({{}, tls_settings()});
  }

  finished_command rollcall(const std::vector<std::string>& arguments,
                            const std::vector<std::pair<std::string, std::string>>& environment = {}) const {
    command asked{program("rollcall"), arguments, environment};
    asked.environment.emplace_back("HOME", directory_.path());
    auto done = run(asked, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }

  /// `rollcall status` of `endpoint` ends with `code` and one line that has all `words`.
  void expect_answer(int code, const std::string& endpoint, const std::string& ca_file,
                     const std::vector<std::string>& words) const {
    std::vector<std::string> asked{"--endpoint", endpoint, "status"};
    if (!ca_file.empty())
      asked.insert(asked.begin(), {"--ca-file", ca_file});
    const auto done = rollcall(asked);
    EXPECT_EQ(done.exit.exit_code, code) << done.out << done.err;
    for (const auto& word : words)
      EXPECT_NE((done.out + done.err).find(word), std::string::npos) << "no '" << word << "' in: " << done.err;
    if (code != 0) {
      EXPECT_EQ(done.err.find('\n'), done.err.size() - 1) << "more than one line: " << done.err;
    }
  }

  [[nodiscard]] std::string metrics() {
    const auto reply = fetch(node().management_port(), "/metrics", soon());
    return reply ? reply->body : why(reply);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return directory_.path() / name; }

private:
  temp_dir directory_;
};

/// One request on a connection that may have been used before.
core::status ask(cli::connection& over) {
  ROLLCALL_TRY(
      const auto reply,
      over.exchange({"GET", "/admin/v1/status", {{"Host", "localhost"}, {"X-Amz-Target", "RollcallAdmin.v1"}}, {}}));
  if (reply.status != 200)
    return core::fail(core::error_code::internal, reply.body);
  return core::nothing{};
}

TEST_F(tls_test, the_command_line_believes_a_node_by_its_authority_and_name) {
  const auto authority = issue({.host = "our authority", .is_authority = true});
  write_private(file("ca.crt"), authority.pem);
  start_secure_node(issue({.issuer = &authority}));
  const auto url = node().url();
  ASSERT_TRUE(url.starts_with("https://localhost:")) << url;
  expect_answer(0, url, file("ca.crt"), {"ready"});
  EXPECT_EQ(rollcall({"status"}, {{"ROLLCALL_ENDPOINT", url}, {"ROLLCALL_CA_FILE", file("ca.crt")}}).exit.exit_code, 0);
  write_private(file("profiles.toml"), "[default]\nendpoint = \"" + url + "\"\nca_file = \"" + file("ca.crt") + "\"\n");
  EXPECT_EQ(rollcall({"--profile-file", file("profiles.toml"), "collections", "create", "staff"}).exit.exit_code, 0);

  const auto port = ":" + std::to_string(node().http_port());
  expect_answer(2, url, "", {"not trusted", "its authority is not known here", "--ca-file FILE"});
  expect_answer(2, "https://127.0.0.1" + port, file("ca.crt"), {"not trusted", "for another host", "subjectAltName"});
  expect_answer(2, url, "/nonexistent/ca.crt", {"/nonexistent/ca.crt", "can't be used"});
  expect_answer(1, "http://localhost" + port, "", {"This port speaks TLS: write https://"});
}

TEST_F(tls_test, an_address_may_stand_in_the_certificate) {
  const auto shown = issue({.host = "127.0.0.1"});
  start_secure_node(shown);
  const auto port = ":" + std::to_string(node().http_port());
  expect_answer(0, "https://127.0.0.1" + port, file("server.crt"), {"ready"});
  expect_answer(2, "https://localhost" + port, file("server.crt"), {"not trusted", "for another host"});
}

TEST_F(tls_test, aws_speaks_to_it) {
  if (!std::filesystem::exists("/usr/bin/aws"))
    GTEST_SKIP() << "Debian's awscli is not installed: run ./dev setup test";
  start_secure_node(issue());
  const auto aws = [&](const std::vector<std::string>& operation) {
    command asked{"/usr/bin/aws",
                  {"rekognition", "--endpoint-url", node().url(), "--ca-bundle", file("server.crt"), "--region",
                   "eu-central-1", "--output", "json"},
                  {{"AWS_ACCESS_KEY_ID", "AKIDANYBODY"},
                   {"AWS_SECRET_ACCESS_KEY", "anything"},
                   {"AWS_CONFIG_FILE", "/dev/null"},
                   {"AWS_EC2_METADATA_DISABLED", "true"}}};
    asked.arguments.insert(asked.arguments.begin() + 1, operation.begin(), operation.end());
    const auto done = run(asked, soon());
    EXPECT_TRUE(done && done->exit.exit_code == 0) << why(done) << (done ? done->err : "");
    return done ? done->out : "";
  };
  aws({"create-collection", "--collection-id", "staff"});
  EXPECT_NE(aws({"list-collections"}).find("staff"), std::string::npos);
}

TEST_F(tls_test, a_peer_that_is_no_such_node_is_told_apart) {
  start_node();
  expect_answer(2, "https://127.0.0.1:" + std::to_string(node().http_port()), "", {"does not speak TLS", "http://"});
  put(issue({.from = std::chrono::hours{-48}, .until = std::chrono::hours{-1}}));
  const auto other = process::start(
      {"openssl", {"s_server", "-accept", "0", "-www", "-cert", file("server.crt"), "-key", file("server.key")}});
  ASSERT_TRUE(other) << why(other);
  const auto line = (*other)->wait_for_line(stream::out, "ACCEPT ", soon());
  ASSERT_TRUE(line) << why(line);
  const auto port = line->substr(line->rfind(':'));
  expect_answer(2, "https://localhost" + port, file("server.crt"), {"not trusted", "has expired", "renew it"});
}

TEST_F(tls_test, a_renewed_certificate_is_taken_while_connections_stay_open) {
  using namespace std::chrono_literals;
  const auto first = issue();
  start_secure_node(first);
  write_private(file("first.crt"), first.pem);
  const auto over = [&](const std::string& trusted) {
    return cli::connection{{"localhost", std::to_string(node().http_port()), true, file(trusted)}, 30s};
  };
  auto open = over("first.crt");
  ASSERT_TRUE(ask(open));
  const auto renewed = issue();
  put(renewed);
  write_private(file("renewed.crt"), renewed.pem);
  auto asked = ask(open);
  for (const auto until = soon(); !until.has_passed();) {
    auto fresh = over("renewed.crt");
    if (asked = ask(fresh); asked)
      break;
  }
  EXPECT_TRUE(asked) << why(asked);
  // Were it opened anew, it would not believe what it meets.
  const auto still = ask(open);
  EXPECT_TRUE(still) << why(still);
  auto late = over("first.crt");
  EXPECT_FALSE(ask(late));
  const auto shown = metrics();
  EXPECT_NE(shown.find("rollcall_tls_reloads_total 1\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("rollcall_tls_certificate_left_seconds 8"), std::string::npos) << shown; // 24 hours
}

TEST_F(tls_test, start_up_names_what_is_wrong_with_the_files) {
  node_options options{file("data"), tls_settings()};
  expect_refusal(options, {"http.tls_certificate: ", "server.crt can't be read: No such file"});
  put(issue({.from = std::chrono::hours{-48}, .until = std::chrono::hours{-1}}));
  expect_refusal(options, {"server.crt has expired on ", "put a renewed certificate there"});
  options.settings.pop_back();
  expect_refusal(options, {"http.tls_key is missing", "set both"});
  options.settings.emplace_back("http.tls_min_version=1.1");
  expect_refusal(options, {"http.tls_min_version", "1.2, 1.3"});
}

TEST_F(tls_test, a_node_that_serves_others_in_the_clear_says_so) {
  start_node({file("data")});
  EXPECT_EQ(rollcall({"--endpoint", node().url(), "init"}).exit.exit_code, 0); // or it would not start beyond loopback
  stop_node();
  const auto log_of = [&](const std::vector<std::string>& settings) {
    start_node({.data_dir = file("data"), .settings = settings, .arguments = {}, .http = "0.0.0.0:0"});
    stop_node();
    return node().child().output(stream::err);
  };
  EXPECT_NE(log_of({}).find("WITHOUT TLS BEYOND THIS MACHINE"), std::string::npos);
  put(issue());
  EXPECT_EQ(log_of(tls_settings()).find("WITHOUT TLS"), std::string::npos);
}

} // namespace
} // namespace rollcall::test
