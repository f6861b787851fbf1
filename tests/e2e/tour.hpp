/// How the tours of the real clients are run: against two nodes, through the recording proxy, with a time limit.
#pragma once

#include "tests/e2e/node_test.hpp"

#include <csignal>
#include <optional>

namespace rollcall::test {

struct credentials {
  std::string access_key = "AKIDANYBODY";
  std::string secret_key = "anything";
};

class tour_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup test";
    const auto written = write_pictures(pictures());
    ASSERT_TRUE(written) << why(written);
    start_node({{}, {"buckets.pictures=" + pictures().string()}});
  }

  [[nodiscard]] const std::filesystem::path& pictures() const { return pictures_.path(); }

  /// A second node, with room for one picture beside the one in work.
  void start_limited_node() {
    auto started = rollcalld_process::start({{}, {"vision.workers=1", "vision.queue=1"}});
    ASSERT_TRUE(started) << why(started);
    limited_ = *std::move(started);
  }

  /// Makes the first key of the node, which from then on wants signatures.
  void make_key(credentials& made) {
    const std::string request = "POST /admin/v1/init HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\n"
                                "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
    auto connection = http_connection::open(node().http_port(), soon());
    ASSERT_TRUE(connection && connection->send(request, soon()));
    const auto reply = connection->read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    ASSERT_EQ(reply->status, 200) << reply->body;
    const auto key = body_of(*reply);
    made = {std::string{key.at("access_key").as_string()}, std::string{key.at("secret").as_string()}};
    EXPECT_EQ(error_type(call("ListCollections", "{}")), "MissingAuthenticationTokenException");
  }

  /// Runs `client` (a command with {endpoint} and {limited} in it) to its end and expects success. `expected`: files of
  /// outcomes that it must have seen.
  void run_tour(const std::vector<std::string>& client, const std::vector<std::string>& expected,
                const credentials& as) {
    command tour{"/usr/bin/python3", {"-B", "tests/e2e/recorded_tour.py", "--endpoint", node().url()}};
    if (limited_)
      tour.arguments.insert(tour.arguments.end(), {"--limited", limited_->url()});
    for (const auto& file : expected)
      tour.arguments.insert(tour.arguments.end(), {"--expect", "tests/e2e/" + file});
    tour.arguments.emplace_back("--");
    tour.arguments.insert(tour.arguments.end(), client.begin(), client.end());
    tour.environment = {{"AWS_ACCESS_KEY_ID", as.access_key}, {"AWS_SECRET_ACCESS_KEY", as.secret_key}};
    constexpr int no_model = 77;
    const auto done = run(tour, core::deadline::in(std::chrono::minutes{8}));
    ASSERT_TRUE(done) << why(done);
    std::cout << done->out;
    if (done->exit.exit_code == no_model)
      GTEST_SKIP() << "Debian's awscli is not installed: no service model to check replies against";
    EXPECT_EQ(done->exit, (exit_state{0, 0})) << done->err;
  }

  /// The nodes end as they should after all that.
  void stop_nodes() {
    const auto stopped = node().stop();
    ASSERT_TRUE(stopped) << why(stopped);
    EXPECT_EQ(*stopped, (exit_state{0, 0}));
  }

private:
  temp_dir pictures_;
  std::unique_ptr<rollcalld_process> limited_;
};

} // namespace rollcall::test
