/// A collection's partitions are doubled under searches and writes: no search fails, lacks what was acknowledged, shows
/// what was removed, or shows anything twice. On one node with SQLite, and on three with PostgreSQL.
#include "tests/e2e/node_test.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/postgres_server.hpp"
#include "tests/support/random_references.hpp"

#include "core/uuid.hpp"

#include <boost/json/array.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>

namespace rollcall::test {
namespace {

namespace json = boost::json;

constexpr std::size_t dimension = 512;

// A minute is too short for two doublings beside a load on a busy machine.
core::deadline later() {
  return core::deadline::in(std::chrono::minutes{4});
}

// One person of the collection: which faces of theirs an answer must have, and may have. Any thread.
class person {
public:
  explicit person(std::uint64_t seed) : embedding_(testing::random_references{seed}.embedding(dimension)) {}

  /// Adds `count` faces; one of them is never removed.
  void enrol(std::uint16_t port, std::size_t count) {
    std::string body;
    std::vector<std::string> added;
    for (std::size_t i = 0; i < count; ++i) {
      added.push_back(core::to_string(core::random_uuid()));
      body += face_line(added.back(), core::to_string(core::random_uuid()), embedding_);
    }
    begin(added, may_);
    note_begun(added);
    auto connection = http_connection::open(port, soon());
    ASSERT_TRUE(connection) << why(connection);
    ASSERT_TRUE(connection->send(import_request("c", body), soon()));
    const auto reply = connection->read_reply(soon());
    ASSERT_TRUE(reply) << why(reply);
    ASSERT_EQ(reply->status, 200) << reply->body;
    begin(added, must_);
    if (anchor_.empty())
      anchor_ = added.front();
    else
      removable_.insert(removable_.end(), added.begin(), added.end());
  }
  void remove_one(std::uint16_t port) {
    if (removable_.empty())
      return;
    const std::vector<std::string> gone{removable_.front()};
    removable_.erase(removable_.begin());
    end(gone, must_);
    const json::object input{{"CollectionId", "c"}, {"FaceIds", json::array{json::string{gone.front()}}}};
    const auto reply = call(port, "DeleteFaces", json::serialize(input), soon());
    ASSERT_TRUE(reply) << why(reply);
    ASSERT_EQ(reply->status, 200) << reply->body;
    end(gone, may_);
  }
  /// Asks for the faces that look like the first one, and compares. False: the answer says that it may lack writes of
  /// this moment (a head was read before its mutation came), which it must not unless it says so.
  [[nodiscard]] bool search(std::uint16_t port) {
    bool is_current = false;
    search(port, is_current);
    return is_current;
  }

  /// Of one search.
  [[nodiscard]] std::chrono::milliseconds longest() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest_.load());
  }

private:
  using faces = std::set<std::string>;

  void search(std::uint16_t port, bool& is_current) {
    const auto start = std::chrono::steady_clock::now();
    const auto begun = count_begun();
    const auto must = copy(must_);
    const json::object input{
        {"CollectionId", "c"}, {"FaceId", anchor_}, {"FaceMatchThreshold", 99}, {"MaxFaces", 4096}};
    auto allowed = copy(may_);
    const auto reply = call(port, "SearchFaces", json::serialize(input), soon());
    ASSERT_TRUE(reply) << why(reply);
    ASSERT_EQ(reply->status, 200) << reply->body;
    is_current = reply->headers.at("x-rollcall-current") == "true";
    const auto& coverage = reply->headers.at("x-rollcall-coverage");
    ASSERT_EQ(coverage.substr(0, coverage.find('/')), coverage.substr(coverage.find('/') + 1)) << coverage;
    longest_ = std::max(longest_.load(), std::chrono::steady_clock::now() - start);
    add_begun_since(begun, allowed); // even where it is gone again
    std::set<std::string> found;
    const auto body = body_of(*reply);
    for (const auto& match : body.at("FaceMatches").as_array()) {
      const std::string id{match.at("Face").at("FaceId").as_string()};
      EXPECT_TRUE(found.insert(id).second) << id << " twice, " << coverage;
      EXPECT_TRUE(!is_current || allowed.contains(id)) << id << " was removed, " << coverage;
    }
    const auto still = copy(must_);
    for (const auto& id : must)
      EXPECT_TRUE(!is_current || id == anchor_ || found.contains(id) || !still.contains(id))
          << id << " is missing, " << coverage;
  }

  void note_begun(const std::vector<std::string>& ids) {
    const std::lock_guard lock(mutex_);
    begun_.insert(begun_.end(), ids.begin(), ids.end());
  }
  std::size_t count_begun() const {
    const std::lock_guard lock(mutex_);
    return begun_.size();
  }
  void add_begun_since(std::size_t count, faces& to) const {
    const std::lock_guard lock(mutex_);
    to.insert(begun_.begin() + static_cast<std::ptrdiff_t>(count), begun_.end());
  }
  void begin(const std::vector<std::string>& ids, faces& in) {
    const std::lock_guard lock(mutex_);
    in.insert(ids.begin(), ids.end());
  }
  void end(const std::vector<std::string>& ids, faces& in) {
    const std::lock_guard lock(mutex_);
    for (const auto& id : ids)
      in.erase(id);
  }
  faces copy(const faces& of) const {
    const std::lock_guard lock(mutex_);
    return of;
  }

  const std::vector<float> embedding_; ///< of all faces
  mutable std::mutex mutex_;
  faces must_;                     ///< acknowledged, and not begun to be removed
  faces may_;                      ///< begun to be added, and not acknowledged as removed
  std::vector<std::string> begun_; ///< all that were ever begun to be added, the latest last
  std::atomic<std::chrono::steady_clock::duration> longest_{};
  std::string anchor_;                 ///< the writer's alone after the first enrolment, as what follows
  std::vector<std::string> removable_; ///< oldest first
};

class resize_test : public ::testing::Test {
protected:
  void TearDown() override {
    for (const auto& node : nodes_)
      if (HasFailure())
        std::cerr << "--- log of a node:\n" << node->child().output(stream::err) << "---\n";
  }

  void start(std::vector<std::string> settings) {
    node_options options;
    options.settings = std::move(settings);
    options.settings.insert(options.settings.end(),
                            {"vision.workers=1", "search.partitions=4", "http.request_timeout=4s"});
    auto started = rollcalld_process::start(std::move(options));
    ASSERT_TRUE(started) << why(started);
    nodes_.push_back(*std::move(started));
  }
  [[nodiscard]] std::uint16_t port(std::size_t at) const { return nodes_[at % nodes_.size()]->http_port(); }

  finished_command rollcall(std::vector<std::string> arguments) {
    command what{program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", nodes_.front()->url()}, {"HOME", scratch_.path().string()}};
    auto done = run(what, later());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }
  json::object ask(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    const auto done = rollcall(std::move(arguments));
    EXPECT_EQ(done.exit, (exit_state{0, 0})) << done.err;
    json::error_code failed;
    auto parsed = json::parse(done.out, failed);
    return !failed && parsed.is_object() ? parsed.as_object() : json::object{};
  }
  void expect_refusal(const std::vector<std::string>& arguments, const std::string& text, int code = 1) {
    const auto done = rollcall(arguments);
    EXPECT_EQ(done.exit.exit_code, code) << done.out << done.err;
    EXPECT_NE(done.err.find(text), std::string::npos) << done.err;
  }
  void create_collection() {
    const auto made = call(port(0), "CreateCollection", R"({"CollectionId": "c"})", soon());
    ASSERT_TRUE(made) << why(made);
    ASSERT_EQ(made->status, 200) << made->body;
  }

  /// Clients that write and search at all nodes until `stop`.
  void start_load() {
    for (std::size_t who = 0; who < people_.size(); ++who) {
      people_[who].enrol(port(who), 1);
      people_[who].enrol(port(who), 40);
    }
    for (std::size_t who = 0; who < people_.size(); ++who) {
      load_.emplace_back([this, who] {
        for (std::size_t turn = 0; !is_over_ && !HasFailure(); ++turn) {
          people_[who].enrol(port(turn), 1);
          if (turn % 2 == 1)
            people_[who].remove_one(port(turn + 1));
          ++writes_;
        }
      });
      load_.emplace_back([this, who] {
        for (std::size_t turn = who; !is_over_ && !HasFailure(); ++turn) {
          stale_ += people_[turn % people_.size()].search(port(turn)) ? 0 : 1;
          ++searches_;
        }
      });
    }
  }
  void stop_load() {
    is_over_ = true;
    for (auto& one : load_)
      one.join();
    std::cout << searches_ << " searches, " << stale_ << " not current, " << writes_ << " writes, the longest search "
              << std::max(people_[0].longest(), people_[1].longest()).count() << " ms\n";
    EXPECT_LT(stale_ * 10, searches_);
    EXPECT_GT(searches_, 20);
    EXPECT_GT(writes_, 10);
  }
  /// From 4 to 16 under the load, and what is seen then.
  void double_twice() {
    create_collection();
    start_load();
    const auto done = rollcall({"collections", "resize", "c", "--partitions", "16"});
    EXPECT_EQ(done.exit, (exit_state{0, 0})) << done.err;
    EXPECT_EQ(done.out, "c: 16 partitions\n");
    EXPECT_NE(done.err.find("c: 4 partitions, loading 8 beside them"), std::string::npos) << done.err;
    EXPECT_NE(done.err.find("c: 16 partitions, the 8 before them"), std::string::npos) << done.err;
    const auto before = searches_.load();
    EXPECT_TRUE(comes_true([&] { return searches_ >= before + 10; }));
    stop_load();
    const auto again = ask({"collections", "resize", "c", "--partitions", "16"});
    EXPECT_EQ(
        again,
        (json::object{
            {"collection_id", "c"}, {"partitions", 16}, {"first_partition", 12}, {"stage", "none"}, {"missing", 0}}));
  }

  temp_dir scratch_;
  std::vector<std::unique_ptr<rollcalld_process>> nodes_;
  std::array<person, 2> people_{person{1}, person{2}};
  std::vector<std::thread> load_;
  std::atomic<bool> is_over_ = false;
  std::atomic<int> searches_ = 0;
  std::atomic<int> stale_ = 0;
  std::atomic<int> writes_ = 0;
};

TEST_F(resize_test, one_node_doubles_twice_under_load) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  double_twice();
  for (auto& one : people_)
    EXPECT_TRUE(one.search(port(0)));
  nodes_.front()->crash();
  const auto restarted = nodes_.front()->restart();
  ASSERT_TRUE(restarted) << why(restarted);
  for (auto& one : people_)
    EXPECT_TRUE(one.search(port(0)));
}

TEST_F(resize_test, three_nodes_double_twice_under_load) {
  const auto key_file = write_secrets_key(scratch_.path());
  postgres_server server;
  const auto uri = server.make_schema();
  for (const auto* name : {"a", "b", "c"})
    ASSERT_NO_FATAL_FAILURE(
        start({"store.uri=" + uri, "store.key_file=" + key_file.string(), "node.name=" + std::string{name}}));
  double_twice();
  EXPECT_EQ(server.query(uri, "SELECT count(*) || ' from ' || min(part) FROM partitions"), "16 from 12");
  EXPECT_EQ(server.query(uri, "SELECT count(*) || ' from ' || min(part) FROM placements WHERE state = 1"),
            "32 from 12");
  EXPECT_EQ(server.query(uri, "SELECT count(*) FROM mutations WHERE part < 12"), "0");
  for (auto& one : people_)
    for (std::size_t at = 0; at < nodes_.size(); ++at)
      EXPECT_TRUE(one.search(port(at)));
}

TEST_F(resize_test, refuses_what_it_cannot_do_and_names_the_way_out) {
  ASSERT_NO_FATAL_FAILURE(start({}));
  create_collection();
  expect_refusal({"collections", "resize", "c", "--partitions", "6"}, "a power of two of partitions");
  expect_refusal({"collections", "resize", "c", "--partitions", "131072"}, "up to 65536");
  expect_refusal({"collections", "resize", "c", "--partitions", "2"}, "make another collection and import");
  expect_refusal({"collections", "resize", "none", "--partitions", "8"}, "ResourceNotFoundException");
  expect_refusal({"collections", "resize", "c", "--give-up"}, "nothing to give up");
  expect_refusal({"collections", "resize", "c"}, "--partitions N, or --give-up", 2);
  EXPECT_EQ(ask({"collections", "resize", "c", "--partitions", "4"}).at("partitions"), 4);
}

} // namespace
} // namespace rollcall::test
