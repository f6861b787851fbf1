/// What tests of a real node share: a node that the test owns, requests as plain values, time limits. Tests run with
/// the source directory as working directory.
#pragma once

#include "tests/support/http.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/rollcalld_process.hpp"
#include "wire/base64.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace rollcall::test {

/// The limit of every wait that should be short: generous, as tests share the machine.
inline core::deadline soon() {
  return core::deadline::in(std::chrono::seconds{60});
}

/// Looks until it is so, or the time is over. Gives what it is then.
template <class Predicate>
[[nodiscard]] bool comes_true(Predicate is_so, core::deadline until = soon()) {
  while (!is_so()) {
    if (until.has_passed())
      return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{20});
  }
  return true;
}

/// For failure messages: why a call failed, with what the process had printed.
template <class T>
std::string why(const core::result<T>& of) {
  return of ? "" : of.failure().message + "\n" + of.failure().context;
}

/// The body as an object; an empty one when it is none.
inline boost::json::object body_of(const http_reply& reply) {
  boost::json::error_code failed;
  auto parsed = boost::json::parse(reply.body, failed);
  return !failed && parsed.is_object() ? parsed.as_object() : boost::json::object{};
}

/// The `__type` of an error; empty for a success.
inline std::string error_type(const http_reply& reply) {
  const auto body = body_of(reply);
  const auto* found = body.if_contains("__type");
  return found != nullptr && found->is_string() ? std::string{found->get_string()} : std::string{};
}

/// A node on free ports. A test that can't start it fails at once in SetUp.
class node_test : public ::testing::Test {
protected:
  /// `more` settings on top of the ones that every node of a test gets.
  void start_node(node_options options = {}) {
    auto started = rollcalld_process::start(std::move(options));
    ASSERT_TRUE(started) << why(started);
    node_ = *std::move(started);
  }

  void TearDown() override {
    if (HasFailure() && node_)
      std::cerr << "--- the node's log:\n" << node_->child().output(stream::err) << "---\n";
  }

  /// The reply of one unsigned request; a failed test and status 0 when there is none.
  http_reply call(std::string_view operation, const boost::json::object& input) {
    return call(operation, boost::json::serialize(input));
  }
  http_reply call(std::string_view operation, const std::string& json) {
    auto reply = test::call(node_->http_port(), operation, json, soon());
    EXPECT_TRUE(reply) << operation << ": " << why(reply);
    return reply ? *std::move(reply) : http_reply{};
  }

  /// The rows of all pages of a listing. `member`: where a page has them, e.g. "Faces".
  boost::json::array list_all(std::string_view operation, boost::json::object request, std::string_view member) {
    boost::json::array all;
    for (;;) {
      const auto reply = call(operation, request);
      const auto page = body_of(reply);
      EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
      if (const auto* rows = page.if_contains(member); rows != nullptr && rows->is_array())
        all.insert(all.end(), rows->get_array().begin(), rows->get_array().end());
      if (!page.contains("NextToken"))
        return all;
      request["NextToken"] = page.at("NextToken");
    }
  }

  /// The node exits with code 1 and one line, which has all `words`.
  static void expect_refusal(const node_options& options, const std::vector<std::string>& words) {
    const auto done = run(rollcalld_command(options), soon());
    ASSERT_TRUE(done) << why(done);
    EXPECT_EQ(done->exit, (exit_state{1, 0})) << done->err;
    EXPECT_EQ(done->out, "");
    EXPECT_TRUE(done->err.starts_with("rollcalld: ")) << done->err;
    EXPECT_EQ(done->err.find('\n'), done->err.size() - 1) << "more than one line: " << done->err;
    for (const auto& word : words)
      EXPECT_NE(done->err.find(word), std::string::npos) << "no '" << word << "' in: " << done->err;
  }

  /// SIGTERM; the node ends as it should.
  void stop_node() {
    const auto stopped = node_->stop();
    ASSERT_TRUE(stopped) << why(stopped);
    EXPECT_EQ(*stopped, (exit_state{0, 0}));
  }
  void restart_node() {
    const auto restarted = node_->restart();
    ASSERT_TRUE(restarted) << why(restarted);
  }

  rollcalld_process& node() { return *node_; }

private:
  std::unique_ptr<rollcalld_process> node_;
};

/// `{"Bytes": …}` of a picture.
inline boost::json::object image_of(const core::bytes& encoded) {
  return {{"Bytes", wire::encode_base64(encoded)}};
}

} // namespace rollcall::test
