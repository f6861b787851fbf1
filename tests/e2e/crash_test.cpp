/// A node is killed (SIGKILL) at random moments while several connections index and delete faces, and started again on
/// the same data: no acknowledged face is lost, no deleted one comes back, and a call that is repeated because its
/// reply was lost makes no second face.
#include "tests/e2e/node_test.hpp"

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <thread>

namespace rollcall::test {
namespace {

constexpr std::uint64_t seed = 5;
constexpr int calls_wanted = 1'000; ///< acknowledged, of IndexFaces and DeleteFaces together
constexpr int kills = 6;
constexpr std::size_t clients = 4;

/// Counts acknowledged calls and tells when there are enough to kill the node.
class call_counter {
public:
  void add() {
    const std::lock_guard lock{mutex_};
    ++count_;
    changed_.notify_all();
  }
  bool wait_for(int wanted) {
    std::unique_lock lock{mutex_};
    return changed_.wait_until(lock, soon().at(), [&] { return count_ >= wanted; });
  }
  int count() {
    const std::lock_guard lock{mutex_};
    return count_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int count_ = 0;
};

/// One connection with pictures of its own, and what it knows of their faces. Runs on a thread of its own between two
/// kills; the test reads it when that has ended.
class enroller {
public:
  enroller(std::size_t number, const core::bytes& picture)
      : number_(number), picture_(picture), random_(seed + number) {}

  /// Indexes and deletes until the node is gone. A call that got no answer is the first one the next time.
  void run(std::uint16_t port, call_counter& counted) {
    auto connection = http_connection::open(port, soon());
    while (connection && failure_.empty()) {
      if (!unanswered_)
        unanswered_ = choose();
      const auto reply = exchange(*connection, *unanswered_);
      if (!reply)
        return;
      take(*reply);
      counted.add();
    }
  }

  /// Repeats the call that got no answer.
  void settle(std::uint16_t port) {
    auto connection = http_connection::open(port, soon());
    if (const auto reply = connection && unanswered_ ? exchange(*connection, *unanswered_) : std::nullopt)
      take(*reply);
  }

  /// Picture → face, of those that were indexed and not deleted, as far as the answers said.
  [[nodiscard]] const std::map<std::string, std::string>& enrolled() const { return enrolled_; }
  /// The picture of the call that got no answer: its face may be there or not.
  [[nodiscard]] std::string in_doubt() const { return unanswered_ ? unanswered_->picture : std::string{}; }
  /// The first answer that was not as it should be.
  [[nodiscard]] const std::string& failure() const { return failure_; }

private:
  struct face_call {
    std::string operation;
    std::string picture;
    boost::json::object input;
  };

  face_call choose() {
    const bool deletes = !enrolled_.empty() && random_() % 10 < 3;
    if (!deletes) {
      const auto name = "p" + std::to_string(number_) + "-" + std::to_string(next_);
      constexpr std::size_t shortest_comment = 4;
      // The same face in a file of its own.
      const auto file = lengthen_jpeg(picture_, picture_.size() + shortest_comment + next_++);
      return {"IndexFaces", name, {{"CollectionId", "staff"}, {"ExternalImageId", name}, {"Image", image_of(file)}}};
    }
    auto victim = enrolled_.begin();
    std::advance(victim, static_cast<std::ptrdiff_t>(random_() % enrolled_.size()));
    const boost::json::array faces{boost::json::string{victim->second}};
    return {"DeleteFaces", victim->first, {{"CollectionId", "staff"}, {"FaceIds", faces}}};
  }

  static std::optional<http_reply> exchange(http_connection& connection, const face_call& what) {
    if (!connection.send(rekognition_request(what.operation, boost::json::serialize(what.input)), soon()))
      return std::nullopt;
    auto reply = connection.read_reply(soon());
    return reply ? std::optional{*std::move(reply)} : std::nullopt;
  }

  void take(const http_reply& reply) {
    const auto body = body_of(reply);
    const bool deletes = unanswered_->operation == "DeleteFaces";
    if (reply.status != 200 || !(deletes ? take_deletion(body) : take_index(body)))
      failure_ = unanswered_->operation + " " + unanswered_->picture + ": " + reply.body;
    unanswered_.reset();
  }

  bool take_index(const boost::json::object& body) {
    const auto& records = body.at("FaceRecords").as_array();
    if (records.size() != 1)
      return false;
    enrolled_[unanswered_->picture] = records.front().at("Face").at("FaceId").as_string().c_str();
    return true;
  }

  /// Deleted now, or refused as unknown: then the call whose answer was lost has done it.
  bool take_deletion(const boost::json::object& body) {
    enrolled_.erase(unanswered_->picture);
    const auto size = [&](const char* member) { return body.contains(member) ? body.at(member).as_array().size() : 0; };
    return size("DeletedFaces") + size("UnsuccessfulFaceDeletions") == 1;
  }

  std::size_t number_;
  const core::bytes& picture_;
  std::mt19937_64 random_;
  std::size_t next_ = 0;
  std::optional<face_call> unanswered_;
  std::map<std::string, std::string> enrolled_;
  std::string failure_;
};

class crash_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    picture_ = bytes_of(scratch_.path() / "small.jpg");
    start_node();
    ASSERT_EQ(call("CreateCollection", {{"CollectionId", "staff"}}).status, 200);
    for (std::size_t number = 0; number < clients; ++number)
      enrollers_.emplace_back(number, picture_);
  }

  /// Lets all enrollers work, kills the node once `wanted` calls have been answered in all, and starts it again.
  void work_and_kill(int wanted) {
    std::vector<std::thread> running;
    for (auto& one : enrollers_)
      running.emplace_back([&one, port = node().http_port(), this] { one.run(port, answered_); });
    EXPECT_TRUE(answered_.wait_for(wanted)) << answered_.count() << " calls in a minute";
    node().crash();
    for (auto& thread : running)
      thread.join();
    for (const auto& one : enrollers_)
      ASSERT_EQ(one.failure(), "");
    restart_node();
  }

  /// Picture → face, as the node lists them.
  std::map<std::string, std::string> listed() {
    std::map<std::string, std::string> found;
    for (const auto& face : list_all("ListFaces", {{"CollectionId", "staff"}, {"MaxResults", 100}}, "Faces")) {
      const std::string picture{face.at("ExternalImageId").as_string()};
      EXPECT_TRUE(found.emplace(picture, face.at("FaceId").as_string()).second) << picture << " has two faces";
    }
    return found;
  }

  /// What is listed is what was acknowledged, but for the pictures in doubt; and it is what searches find.
  void expect_nothing_lost_and_nothing_back() {
    const auto there = listed();
    std::map<std::string, std::string> expected;
    std::set<std::string> in_doubt;
    for (const auto& one : enrollers_) {
      expected.insert(one.enrolled().begin(), one.enrolled().end());
      in_doubt.insert(one.in_doubt());
    }
    for (const auto& [picture, face] : expected)
      if (in_doubt.count(picture) == 0) {
        EXPECT_TRUE(there.count(picture) == 1 && there.at(picture) == face) << "lost: " << picture << " " << face;
      }
    std::set<std::string> faces;
    for (const auto& [picture, face] : there) {
      faces.insert(face);
      EXPECT_TRUE(expected.count(picture) + in_doubt.count(picture) > 0) << "came back: " << picture << " " << face;
    }
    expect_found(faces);
  }

  void expect_found(const std::set<std::string>& faces) {
    boost::json::object search{{"CollectionId", "staff"}, {"MaxFaces", 4'096}, {"FaceMatchThreshold", 99}};
    auto by_image = search;
    by_image["Image"] = image_of(picture_);
    EXPECT_EQ(ids_found("SearchFacesByImage", by_image), faces);
    auto others = faces;
    search["FaceId"] = others.extract(others.begin()).value();
    EXPECT_EQ(ids_found("SearchFaces", search), others);
  }

  std::set<std::string> ids_found(std::string_view operation, const boost::json::object& search) {
    const auto reply = call(operation, search);
    const auto body = body_of(reply);
    std::set<std::string> found;
    if (!body.contains("FaceMatches"))
      ADD_FAILURE() << operation << ": " << reply.body;
    else
      for (const auto& match : body.at("FaceMatches").as_array())
        found.emplace(match.at("Face").at("FaceId").as_string());
    return found;
  }

  std::vector<enroller>& enrollers() { return enrollers_; }

private:
  temp_dir scratch_;
  core::bytes picture_;
  std::vector<enroller> enrollers_;
  call_counter answered_;
};

TEST_F(crash_test, no_face_is_lost_or_comes_back_or_is_there_twice) {
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random{seed};
  std::set<int> moments{calls_wanted};
  while (moments.size() < kills)
    moments.insert(static_cast<int>(random() % calls_wanted));
  for (const int moment : moments) {
    SCOPED_TRACE("killed after " + std::to_string(moment) + " calls");
    work_and_kill(moment);
    if (HasFatalFailure())
      return;
    expect_nothing_lost_and_nothing_back();
  }
  std::size_t repeated = 0;
  for (auto& one : enrollers()) {
    repeated += one.in_doubt().empty() ? 0 : 1;
    one.settle(node().http_port());
    EXPECT_EQ(one.failure(), "");
    EXPECT_EQ(one.in_doubt(), "");
  }
  EXPECT_GT(repeated, 0U) << "no call was under way at the last kill";
  expect_nothing_lost_and_nothing_back();
}

} // namespace
} // namespace rollcall::test
