/// A node that is told to stop answers what it has begun and ends with code 0; started again it is the same node:
/// collections, faces, users, tags, keys, decisions, page tokens, and what searches find.
#include "tests/e2e/node_test.hpp"

#include <csignal>
#include <cstdlib>
#include <map>

namespace rollcall::test {
namespace {

class restart_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
  }

  /// The reply's body; a failed test when the call was refused.
  std::string answer(std::string_view operation, const boost::json::object& input) {
    const auto reply = call(operation, input);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    return reply.body;
  }

  /// A request of the admin API, unsigned.
  boost::json::object admin(std::string_view method, std::string_view path, std::string_view body = "") {
    auto connection = http_connection::open(node().http_port(), soon());
    const auto request = std::string{method} + " /admin/v1/" + std::string{path}
                         + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\nContent-Length: "
                         + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
    const auto reply = connection && connection->send(request, soon()) ? connection->read_reply(soon())
                                                                       : core::result<http_reply>{http_reply{}};
    EXPECT_TRUE(reply && reply->status == 200) << path << ": " << (reply ? reply->body : why(reply));
    return reply ? body_of(*reply) : boost::json::object{};
  }

  int rollcall(const std::vector<std::string>& arguments, const boost::json::object& key) {
    command asked{program("rollcall"), arguments};
    asked.environment = {{"ROLLCALL_ENDPOINT", node().url()},
                         {"HOME", scratch_.path()},
                         {"ROLLCALL_ACCESS_KEY", std::string{key.at("access_key").as_string()}},
                         {"ROLLCALL_SECRET_KEY", std::string{key.at("secret").as_string()}}};
    const auto done = run(asked, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? done->exit.exit_code : -1;
  }

  [[nodiscard]] boost::json::object image(const std::string& name) const {
    return image_of(bytes_of(scratch_.path() / name));
  }

  /// Two collections with faces, users and tags, some of each deleted again.
  void fill() {
    answer("CreateCollection", {{"CollectionId", "staff"}, {"Tags", {{"site", "north"}, {"floor", "2"}}}});
    answer("CreateCollection", {{"CollectionId", "guests"}});
    answer("CreateCollection", {{"CollectionId", "gone"}});
    std::map<std::string, boost::json::value> faces;
    for (const auto* name : {"anna_1", "bella", "cora"}) {
      const auto body =
          answer("IndexFaces",
                 {{"CollectionId", "staff"}, {"ExternalImageId", name}, {"Image", image(std::string{name} + ".jpg")}});
      faces[name] = boost::json::parse(body).at("FaceRecords").at(0).at("Face").at("FaceId");
    }
    answer("IndexFaces", {{"CollectionId", "guests"}, {"Image", image("group.jpg")}, {"QualityFilter", "NONE"}});
    for (const auto* user : {"anna", "bella", "dora"})
      answer("CreateUser", {{"CollectionId", "staff"}, {"UserId", user}});
    answer("AssociateFaces", {{"CollectionId", "staff"}, {"UserId", "anna"}, {"FaceIds", {faces["anna_1"]}}});
    answer("AssociateFaces", {{"CollectionId", "staff"}, {"UserId", "bella"}, {"FaceIds", {faces["bella"]}}});
    answer("DisassociateFaces", {{"CollectionId", "staff"}, {"UserId", "bella"}, {"FaceIds", {faces["bella"]}}});
    answer("DeleteUser", {{"CollectionId", "staff"}, {"UserId", "dora"}});
    answer("DeleteFaces", {{"CollectionId", "staff"}, {"FaceIds", {faces["cora"]}}});
    answer("DeleteCollection", {{"CollectionId", "gone"}});
    answer("UntagResource", {{"ResourceArn", arn_of("staff")}, {"TagKeys", {"floor"}}});
  }

  boost::json::value arn_of(const char* collection) {
    return boost::json::parse(answer("DescribeCollection", {{"CollectionId", collection}})).at("CollectionARN");
  }

  /// All that can be asked of the node, by name. The decision log comes first: searches add to it.
  std::map<std::string, std::string> contents() {
    std::map<std::string, std::string> all;
    all["decisions"] = boost::json::serialize(admin("GET", "decisions?limit=1000"));
    all["collections"] = answer("ListCollections", {});
    for (const auto* id : {"staff", "guests"}) {
      const boost::json::object of{{"CollectionId", id}};
      all[std::string{id} + " described"] = answer("DescribeCollection", of);
      all[std::string{id} + " faces"] = answer("ListFaces", of);
      all[std::string{id} + " users"] = answer("ListUsers", of);
      all[std::string{id} + " tags"] = answer("ListTagsForResource", {{"ResourceArn", arn_of(id)}});
      for (const auto* name : {"anna_2.jpg", "cora.jpg", "group.jpg"}) {
        const boost::json::object search{{"CollectionId", id}, {"Image", image(name)}, {"FaceMatchThreshold", 0}};
        all[std::string{id} + " searched for " + name] = answer("SearchFacesByImage", search);
      }
      const boost::json::object search{{"CollectionId", id}, {"Image", image("anna_2.jpg")}};
      all[std::string{id} + " users searched"] = answer("SearchUsersByImage", search);
    }
    return all;
  }

  /// `contents`, but with the log as it is after them, not before.
  std::map<std::string, std::string> contents_for_later() {
    auto all = contents();
    all["decisions"] = boost::json::serialize(admin("GET", "decisions?limit=1000"));
    return all;
  }

private:
  temp_dir scratch_;
};

TEST_F(restart_test, a_node_comes_back_as_it_was) {
  start_node({{}, {"decisions.wait=true"}});
  fill();
  const auto before = contents_for_later();
  EXPECT_NE(before.at("staff searched for anna_2.jpg").find("anna_1"), std::string::npos);
  EXPECT_NE(before.at("staff users searched").find("\"UserId\":\"anna\""), std::string::npos);
  EXPECT_EQ(before.at("staff faces").find("\"cora\""), std::string::npos);
  EXPECT_NE(before.at("decisions").find("\"SearchUsersByImage\""), std::string::npos);
  EXPECT_EQ(before.at("staff tags"), R"({"Tags":{"site":"north"}})");
  stop_node();
  restart_node();
  EXPECT_EQ(contents(), before);
  const auto later = contents_for_later();
  node().crash();
  restart_node();
  EXPECT_EQ(contents(), later);
}

TEST_F(restart_test, a_listing_goes_on_over_a_restart) {
  start_node();
  fill();
  const boost::json::object first{{"CollectionId", "guests"}, {"MaxResults", 2}};
  auto next = first;
  next["NextToken"] = boost::json::parse(answer("ListFaces", first)).at("NextToken");
  const auto second = answer("ListFaces", next);
  EXPECT_NE(second.find("FaceId"), std::string::npos);
  stop_node();
  restart_node();
  EXPECT_EQ(answer("ListFaces", next), second);
}

TEST_F(restart_test, keys_outlive_the_node) {
  start_node();
  const auto owner = admin("POST", "init", "{}");
  ASSERT_TRUE(owner.contains("secret"));
  EXPECT_EQ(rollcall({"collections", "create", "staff"}, owner), 0);
  EXPECT_EQ(rollcall({"keys", "create", "--name", "gate"}, owner), 0);
  stop_node();
  restart_node();
  EXPECT_EQ(error_type(call("ListCollections", "{}")), "MissingAuthenticationTokenException");
  EXPECT_EQ(rollcall({"collections", "show", "staff"}, owner), 0);
  auto wrong = owner;
  wrong["secret"] = "another";
  constexpr int refused = 4;
  EXPECT_EQ(rollcall({"collections", "show", "staff"}, wrong), refused);
}

/// A node with one worker and many pictures to see: calls are under way for a while.
class stop_test : public restart_test {
protected:
  /// Starts the node and `count` calls of IndexFaces, and waits until all of them are being answered.
  void begin_calls(std::size_t count, std::vector<std::string> settings) {
    settings.emplace_back("vision.workers=1");
    start_node({{}, settings});
    answer("CreateCollection", {{"CollectionId", "staff"}});
    for (std::size_t i = 0; i < count; ++i) {
      auto opened = http_connection::open(node().http_port(), soon());
      ASSERT_TRUE(opened) << why(opened);
      const boost::json::object index{{"CollectionId", "staff"},
                                      {"ExternalImageId", "picture-" + std::to_string(i)},
                                      {"Image", image("group.jpg")},
                                      {"MaxFaces", 1}};
      ASSERT_TRUE(opened->send(rekognition_request("IndexFaces", boost::json::serialize(index)), soon()));
      calls_.push_back(*std::move(opened));
    }
    wait_until_taken(count);
  }

  /// Until the node has read the whole of so many calls.
  void wait_until_taken(std::size_t count) {
    const auto until = soon();
    std::size_t taken = 0;
    while (taken < count && !until.has_passed()) {
      const auto metrics = test::fetch(node().management_port(), "/metrics", soon());
      ASSERT_TRUE(metrics) << why(metrics);
      taken = number_in(metrics->body, "rollcall_requests_in_flight ")
              + number_in(metrics->body, "rollcall_request_seconds_count{operation=\"IndexFaces\"} ");
    }
    ASSERT_GE(taken, count);
  }

  /// The value of the metric `name`; 0 when there is none.
  static std::size_t number_in(const std::string& metrics, const std::string& name) {
    const auto at = metrics.find("\n" + name);
    return at == std::string::npos ? 0 : std::strtoull(metrics.c_str() + at + 1 + name.size(), nullptr, 10);
  }

  /// How many calls were answered with success; the others were cut.
  std::size_t count_answered() {
    std::size_t answered = 0;
    for (auto& one : calls_) {
      const auto reply = one.read_reply(soon());
      if (!reply)
        continue;
      EXPECT_EQ(reply->status, 200) << reply->body;
      ++answered;
    }
    return answered;
  }

  std::size_t count_faces() { return list_all("ListFaces", {{"CollectionId", "staff"}}, "Faces").size(); }

private:
  std::vector<http_connection> calls_;
};

TEST_F(stop_test, calls_under_way_are_answered) {
  constexpr std::size_t calls = 16;
  begin_calls(calls, {});
  ASSERT_FALSE(HasFatalFailure());
  node().child().signal(SIGTERM);
  EXPECT_EQ(count_answered(), calls);
  stop_node();
  EXPECT_FALSE(http_connection::open(node().http_port(), soon())) << "somebody listens still";
  restart_node();
  EXPECT_EQ(count_faces(), calls);
}

TEST_F(stop_test, a_second_signal_changes_nothing) {
  constexpr std::size_t calls = 8;
  begin_calls(calls, {});
  for (const int number : {SIGTERM, SIGTERM, SIGINT, SIGTERM})
    node().child().signal(number);
  EXPECT_EQ(count_answered(), calls);
  stop_node();
}

TEST_F(restart_test, a_node_that_is_stopped_while_it_starts_ends_as_it_should) {
  temp_dir data;
  const auto starting = process::start(rollcalld_command({data.path() / "data"}));
  ASSERT_TRUE(starting) << why(starting);
  const auto logged = (*starting)->wait_for_line(stream::err, "2", soon()); // the models are loaded, nothing serves
  ASSERT_TRUE(logged) << why(logged);
  (*starting)->signal(SIGTERM);
  const auto ended = (*starting)->wait_for_exit(soon());
  ASSERT_TRUE(ended) << why(ended);
  EXPECT_EQ(*ended, (exit_state{0, 0}));
}

TEST_F(stop_test, a_stop_lasts_no_longer_than_it_may) {
  constexpr std::size_t calls = 60;
  begin_calls(calls, {"node.drain_timeout=100ms"});
  ASSERT_FALSE(HasFatalFailure());
  node().child().signal(SIGTERM);
  const auto answered = count_answered();
  EXPECT_LT(answered, calls);
  stop_node();
  restart_node();
  EXPECT_GE(count_faces(), answered);
}

} // namespace
} // namespace rollcall::test
