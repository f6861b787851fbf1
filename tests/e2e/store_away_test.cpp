/// Real nodes whose PostgreSQL goes away: searches go on with what was known last and say so, writes are refused, and
/// no decision is lost.
#include "tests/e2e/cluster_fixture.hpp"

#include <algorithm>
#include <csignal>

namespace rollcall::test {
namespace {

class store_away_test : public cluster_fixture {
protected:
  void SetUp() override {
    cluster_fixture::SetUp();
    if (IsSkipped())
      return;
    for (const auto* name : {"a", "b"})
      start(name);
    answer("a", "CreateCollection", {{"CollectionId", "c"}});
    anna_ = index("a", "anna_1.jpg");
    bella_ = index("a", "bella.jpg");
    wait_until_replicated();
  }
  /// The first match of the picture, without its similarity.
  boost::json::object find(const std::string& at, const std::string& picture, bool is_away) {
    const auto reply = call(at, "SearchFacesByImage", {{"CollectionId", "c"}, {"Image", image(picture)}});
    EXPECT_EQ(reply.status, 200) << reply.body;
    if (reply.status != 200)
      return {};
    EXPECT_EQ(reply.headers.at("x-rollcall-coverage"), "8/8");
    EXPECT_EQ(reply.headers.at("x-rollcall-current"), is_away ? "false" : "true");
    EXPECT_EQ(reply.headers.contains("x-rollcall-records"), is_away);
    const auto body = body_of(reply);
    const auto& matches = body.at("FaceMatches").as_array();
    EXPECT_EQ(matches.size(), 1U) << reply.body;
    return matches.empty() ? boost::json::object{} : matches[0].at("Face").as_object();
  }
  std::string decisions() { return server_.query(uri_, "SELECT count(*) FROM decisions"); }

  std::string anna_, bella_;
};

TEST_F(store_away_test, searches_go_on_and_say_so) {
  const auto known = find("a", "anna_2.jpg", false);
  static_cast<void>(find("b", "bella.jpg", false));
  wait_for("SELECT count(*) FROM decisions", "2");
  server_.stop(false);
  EXPECT_EQ(find("a", "anna_2.jpg", true), known);
  const auto bare = find("a", "bella.jpg", true); // which only the other one has answered with before
  EXPECT_EQ(bare.at("FaceId").as_string(), bella_);
  EXPECT_EQ(bare.size(), 1U);
  EXPECT_EQ(call("a", "SearchFacesByImage", {{"CollectionId", "unknown"}, {"Image", image("anna_2.jpg")}}).status, 500);
  const auto refused = call("a", "IndexFaces", {{"CollectionId", "c"}, {"Image", image("cora.jpg")}});
  EXPECT_GE(refused.status, 500);
  EXPECT_EQ(fetch(node("a").management_port(), "/readyz", soon())->status, 200);
  server_.start();
  for (const auto until = soon(); !until.has_passed();)
    if (call("a", "IndexFaces", {{"CollectionId", "c"}, {"Image", image("cora.jpg")}}).status == 200)
      break;
  wait_for("SELECT count(*) FROM nodes WHERE lease_until > store_now()", "2"); // they ran out in a long outage
  EXPECT_EQ(find("a", "bella.jpg", false).at("FaceId").as_string(), bella_);
  wait_for("SELECT count(*) FROM decisions", "5");
  wait_for("SELECT count(*) FROM decisions WHERE is_current = 0", "2");
}

// The front holds no partition itself: what it searches for comes from the other nodes.
TEST_F(store_away_test, stored_faces_and_users_are_searched_for_without_it) {
  start("f", "front");
  const auto anna_2 = index("a", "anna_2.jpg");
  for (const auto& [user, face] : {std::pair{"anna", anna_}, std::pair{"twin", anna_2}}) {
    answer("a", "CreateUser", {{"CollectionId", "c"}, {"UserId", user}});
    answer("a", "AssociateFaces", {{"CollectionId", "c"}, {"UserId", user}, {"FaceIds", {face}}});
  }
  const auto by_face = [](const std::string& id) { return boost::json::object{{"CollectionId", "c"}, {"FaceId", id}}; };
  const auto search = [&](std::string_view operation, const boost::json::object& what, bool is_away) {
    const auto reply = call("f", operation, what);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    if (reply.status != 200)
      return boost::json::object{};
    EXPECT_EQ(reply.headers.at("x-rollcall-coverage"), "8/8");
    EXPECT_EQ(reply.headers.at("x-rollcall-current"), is_away ? "false" : "true");
    EXPECT_EQ(reply.headers.contains("x-rollcall-records"), is_away);
    return body_of(reply);
  };
  const boost::json::object by_user{{"CollectionId", "c"}, {"UserId", "anna"}};
  const auto face = search("SearchFaces", by_face(anna_), false);
  EXPECT_EQ(face.at("FaceMatches").as_array().size(), 1U) << face;
  const auto user = search("SearchUsers", by_user, false);
  EXPECT_EQ(user.at("UserMatches").as_array().size(), 1U) << user;
  const auto user_of_face = search("SearchUsers", by_face(anna_), false);
  EXPECT_EQ(user_of_face.at("UserMatches").as_array().size(), 2U) << user_of_face;
  server_.stop(false);
  EXPECT_EQ(search("SearchFaces", by_face(anna_), true), face);
  EXPECT_EQ(search("SearchUsers", by_user, true), user);
  EXPECT_EQ(search("SearchUsers", by_face(anna_), true), user_of_face);
  EXPECT_TRUE(search("SearchFaces", by_face(bella_), true).at("FaceMatches").as_array().empty()); // was never asked for
  const auto missing = call("f", "SearchFaces", by_face("11111111-2222-4333-8444-555555555555"));
  EXPECT_EQ(missing.status, 400) << missing.body;
  EXPECT_NE(missing.body.find("faceId was not found"), std::string::npos) << missing.body;
  EXPECT_EQ(call("f", "SearchUsers", {{"CollectionId", "c"}, {"UserId", "unknown"}}).status, 500);
  for (const auto* name : {"a", "b"})
    node(name).crash();
  EXPECT_EQ(call("f", "SearchFaces", by_face(anna_)).status, 500);
}

// No node can say that it lives, for longer than cluster.dead_after; then the first that reaches the store leads.
TEST_F(store_away_test, nobody_is_given_up_for_it) {
  const auto map = server_.query(uri_, "SELECT map_version FROM cluster");
  server_.stop(false);
  node("b").child().signal(SIGSTOP); // so that it is not the first
  const auto until = core::deadline::in(std::chrono::seconds{6});
  ASSERT_TRUE(comes_true([&] { return until.has_passed(); }));
  server_.start();
  wait_for("SELECT count(*) FROM leases WHERE name = 'controller' AND holder LIKE 'a %' AND until > store_now()", "1");
  wait_for("SELECT count(*) FROM nodes WHERE name = 'a' AND beat_at > store_now() - 1000", "1");
  node("b").child().signal(SIGCONT);
  wait_for("SELECT count(*) FROM nodes WHERE beat_at > store_now() - 2000", "2");
  EXPECT_EQ(server_.query(uri_, "SELECT max(generation) FROM nodes"), "1");
  EXPECT_EQ(server_.query(uri_, "SELECT map_version FROM cluster"), map);
}

TEST_F(store_away_test, decisions_taken_meanwhile_outlive_the_node) {
  static_cast<void>(find("a", "anna_2.jpg", false));
  wait_for("SELECT count(*) FROM decisions", "1");
  server_.stop(false);
  for (int search = 0; search < 5; ++search)
    static_cast<void>(find("a", "anna_2.jpg", true));
  const auto spool = node("a").data_dir() / "decisions.spool";
  const auto lines = [&] {
    const auto text = bytes_of(spool);
    return std::count(text.begin(), text.end(), '\n');
  };
  ASSERT_TRUE(comes_true([&] { return lines() == 5; })) << lines();
  node("a").crash();
  server_.start();
  const auto returned = node("a").restart();
  ASSERT_TRUE(returned) << why(returned);
  wait_for("SELECT count(*) FROM decisions", "6");
  wait_for("SELECT count(DISTINCT request) FROM decisions WHERE collection = 'c'", "6");
  EXPECT_TRUE(comes_true([&] { return lines() == 0; })) << lines();
}

} // namespace
} // namespace rollcall::test
