/// Real nodes on one PostgreSQL, and what clients ask of them.
#pragma once

#include "tests/e2e/node_test.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/tcp_link.hpp"

#include <atomic>
#include <map>
#include <thread>

namespace rollcall::test {

/// Waits until the store says it.
inline void wait_for(const postgres_server& server, const std::string& uri, const std::string& sql,
                     const std::string& wanted) {
  ASSERT_TRUE(comes_true([&] { return server.query(uri, sql) == wanted; }))
      << sql << " stays " << server.query(uri, sql);
}

/// A PostgreSQL and no node yet.
class cluster_fixture : public ::testing::Test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    ASSERT_TRUE(write_pictures(scratch_.path()));
  }
  void TearDown() override {
    for (const auto& [name, node] : nodes_) {
      if (HasFailure())
        std::cerr << "--- log of " << name << ":\n" << node->child().output(stream::err) << "---\n";
    }
  }

  void start(const std::string& name, const std::string& roles = "front,embedder,shard,controller",
             const std::vector<std::string>& more = {}) {
    node_options options;
    options.settings = {"store.uri=" + uri_,   "store.key_file=" + key_file_.string(),
                        "node.name=" + name,   "node.roles=" + roles,
                        "vision.workers=1",    "cluster.dead_after=5s",
                        "search.partitions=8", "snapshots.scrub_after=1s"};
    options.settings.insert(options.settings.end(), more.begin(), more.end());
    auto started = rollcalld_process::start(std::move(options));
    ASSERT_TRUE(started) << why(started);
    nodes_[name] = *std::move(started);
  }
  finished_command rollcall(const std::string& at, std::vector<std::string> arguments) {
    command what{program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", node(at).url()}};
    auto done = run(what, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
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
  void wait_for(const std::string& sql, const std::string& wanted) { test::wait_for(server_, uri_, sql, wanted); }
  /// Waits until clients have counted so many more searches.
  static void wait_for_searches(const std::atomic<int>& searches, int more) {
    const auto wanted = searches + more;
    ASSERT_TRUE(comes_true([&] { return searches >= wanted; }));
  }
  /// The store as a node reaches it over a network of its own.
  [[nodiscard]] std::string uri_over(const tcp_link& link) const {
    const auto own = "host=" + server_.directory().string() + "&port=" + std::to_string(server_.port());
    auto uri = uri_;
    return uri.replace(uri.find(own), own.size(), "host=127.0.0.1&port=" + std::to_string(link.port()));
  }
  void wait_until_replicated() { wait_for("SELECT count(*) FROM placements WHERE state = 1", "16"); }

  temp_dir scratch_;
  std::filesystem::path key_file_ = write_secrets_key(scratch_.path());
  postgres_server server_{postgres_server::tcp{}};
  std::string uri_ = server_.make_schema();
  std::map<std::string, std::unique_ptr<rollcalld_process>> nodes_;
};

} // namespace rollcall::test
