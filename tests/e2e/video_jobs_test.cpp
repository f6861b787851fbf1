// Video jobs of a real node, on clips in which photographs of people move: with the AWS SDK for JavaScript, through the
// death of the node, and on what is no video.
#include "tests/e2e/node_test.hpp"
#include "tests/support/exported_metric.hpp"
#include "tests/support/made_clip.hpp"

#include <fstream>
#include <set>

namespace rollcall::test {
namespace {

class video_jobs_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    std::filesystem::create_directory(films());
  }
  void start(const std::string& frames_per_second) {
    start_node({.data_dir = scratch_.path() / "data",
                .settings = {"cameras.lease=1s", "buckets.films=" + films().string(),
                             "videos.frames_per_second=" + frames_per_second}});
  }

  [[nodiscard]] std::filesystem::path films() const { return scratch_.path() / "films"; }
  boost::json::object answer(std::string_view operation, const boost::json::object& input) {
    const auto reply = call(operation, input);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    return body_of(reply);
  }
  void enrol(const std::string& picture, const std::string& person) {
    answer("CreateCollection", {{"CollectionId", "staff"}});
    const auto made = answer("IndexFaces", {{"CollectionId", "staff"},
                                            {"Image", image_of(bytes_of(scratch_.path() / picture))},
                                            {"ExternalImageId", person}});
    EXPECT_EQ(made.at("FaceRecords").as_array().size(), 1U);
  }
  void make_clip(const std::string& name, const std::vector<walker>& walkers, double seconds) {
    clip_shape shape;
    shape.seconds = seconds;
    const auto written = write_clip(films() / name, walkers, shape);
    ASSERT_TRUE(written) << why(written);
  }
  walker walk(const std::string& picture, double from_s, double to_s, double from_x, double to_x) {
    return {scratch_.path() / picture, 0.6, from_s, to_s, from_x, to_x, 0.5};
  }
  static boost::json::object film(const std::string& name) {
    return {{"S3Object", {{"Bucket", "films"}, {"Name", name}}}};
  }
  std::string begin(std::string_view operation, const boost::json::object& input) {
    const auto made = answer(operation, input);
    return made.contains("JobId") ? std::string{made.at("JobId").as_string()} : std::string{};
  }
  /// The first page of a job that is over.
  boost::json::object wait(std::string_view operation, const std::string& job) {
    boost::json::object page;
    EXPECT_TRUE(comes_true(
        [&] {
          page = answer(operation, {{"JobId", job}});
          return !page.contains("JobStatus") || page.at("JobStatus") != "IN_PROGRESS";
        },
        core::deadline::in(std::chrono::minutes{3})));
    return page;
  }
  /// Frames of videos that this process of the node has analysed.
  double analysed() {
    const auto frames = exported_metric(node().management_port(), "rollcall_video_frames_total", soon());
    return frames ? *frames : 0;
  }
  void crash_when(double frames) {
    ASSERT_TRUE(comes_true([&] { return analysed() >= frames; }));
    node().crash();
    const auto restarted = node().restart();
    ASSERT_TRUE(restarted) << why(restarted);
  }

  static bool has_sdk() {
    return std::filesystem::exists(fetched_dir() / "sdk/node_modules/@aws-sdk/client-rekognition");
  }
  void run_script(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> words{
        "tests/e2e/" + name, "--sdk", (fetched_dir() / "sdk").string(), "--endpoint", node().url(),
        "--bucket",          "films"};
    words.insert(words.end(), more.begin(), more.end());
    const auto done = run({"node", words}, core::deadline::in(std::chrono::minutes{4}));
    ASSERT_TRUE(done) << why(done);
    std::cout << done->out;
    EXPECT_EQ(done->exit, (exit_state{0, 0})) << done->err;
  }
  /// What `rollcall` printed, called with a key that it printed before, or none.
  std::string rollcall(const std::vector<std::string>& arguments, const boost::json::object& key) {
    command asked{program("rollcall"), arguments, {{"HOME", scratch_.path()}, {"ROLLCALL_ENDPOINT", node().url()}}};
    if (!key.empty())
      asked.environment.insert(asked.environment.end(),
                               {{"ROLLCALL_ACCESS_KEY", std::string{key.at("access_key").as_string()}},
                                {"ROLLCALL_SECRET_KEY", std::string{key.at("secret").as_string()}}});
    const auto done = run(asked, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? done->out : std::string{};
  }
  static std::string text_of(const boost::json::object& key) {
    return std::string{key.at("access_key").as_string()} + ":" + std::string{key.at("secret").as_string()};
  }

  temp_dir scratch_;
};

TEST_F(video_jobs_test, a_person_who_passes_is_found_and_a_stranger_is_not_by_the_sdk) {
  if (!has_sdk())
    GTEST_SKIP() << "the AWS SDK is not under " << fetched_dir() << ": run ./dev setup test";
  start("5");
  enrol("anna_1.jpg", "anna");
  make_clip("door.avi", {walk("anna_2.jpg", 0.5, 3.5, 0.2, 0.4), walk("bella.jpg", 1, 3.5, 0.8, 0.7)}, 4);
  run_script("video_jobs.mjs", {"--object", "door.avi", "--collection", "staff", "--person", "anna"});
}

TEST_F(video_jobs_test, a_key_for_one_collection_sees_no_search_of_another) {
  if (!has_sdk())
    GTEST_SKIP() << "the AWS SDK is not under " << fetched_dir() << ": run ./dev setup test";
  start("5");
  std::ofstream(films() / "notes.mp4") << "Milk, bread, butter.";
  const auto all = body_of({200, {}, rollcall({"init", "--json"}, {})});
  const auto key_for = [&](const std::string& collection) {
    return text_of(body_of(
        {200, {}, rollcall({"keys", "create", "--name", collection, "--collection", collection, "--json"}, all)}));
  };
  run_script("video_keys.mjs", {"--object", "notes.mp4", "--all", text_of(all), "--staff", key_for("staff"), "--guests",
                                key_for("guests")});
}

TEST_F(video_jobs_test, a_detection_goes_on_after_the_node_was_killed) {
  start("12.5"); // every second frame: 150
  make_clip("long.avi", {walk("anna_2.jpg", 0, 12, 0.2, 0.8)}, 12);
  const auto job = begin("StartFaceDetection", {{"Video", film("long.avi")}});
  crash_when(60);
  const auto page = wait("GetFaceDetection", job);
  ASSERT_EQ(page.at("JobStatus"), "SUCCEEDED");
  EXPECT_LT(analysed(), 150 - 40) << "it began anew";
  std::set<std::int64_t> times;
  for (const auto& one : page.at("Faces").as_array())
    EXPECT_TRUE(times.insert(one.at("Timestamp").as_int64()).second) << "twice";
  EXPECT_GE(times.size(), 145U);
}

TEST_F(video_jobs_test, a_search_is_done_whole_after_the_node_was_killed) {
  start("12.5"); // every second frame: 150
  enrol("anna_1.jpg", "anna");
  make_clip("long.avi", {walk("anna_2.jpg", 0, 12, 0.2, 0.8)}, 12);
  const auto job = begin("StartFaceSearch", {{"Video", film("long.avi")}, {"CollectionId", "staff"}});
  crash_when(60);
  const auto page = wait("GetFaceSearch", job);
  ASSERT_EQ(page.at("JobStatus"), "SUCCEEDED");
  std::set<std::int64_t> times;
  for (const auto& one : page.at("Persons").as_array()) {
    EXPECT_TRUE(times.insert(one.at("Timestamp").as_int64()).second) << "twice";
    EXPECT_EQ(one.at("Person").at("Index"), 0);
    ASSERT_TRUE(one.as_object().contains("FaceMatches"));
    EXPECT_EQ(one.at("FaceMatches").at(0).at("Face").at("ExternalImageId"), "anna");
  }
  EXPECT_GE(times.size(), 144U);
}

TEST_F(video_jobs_test, what_is_no_video_fails_and_one_that_is_too_large_does_not_begin) {
  start("5");
  std::ofstream(films() / "notes.mp4") << "Milk, bread, butter.";
  const auto page = wait("GetFaceDetection", begin("StartFaceDetection", {{"Video", film("notes.mp4")}}));
  EXPECT_EQ(page.at("JobStatus"), "FAILED");
  const std::string told{page.at("StatusMessage").as_string()};
  EXPECT_NE(told.find("The object notes.mp4 is not a video"), std::string::npos) << told;
  EXPECT_EQ(page.at("Faces").as_array().size(), 0U);
  std::ofstream(films() / "vast.mp4") << "x";
  std::filesystem::resize_file(films() / "vast.mp4", (10ULL << 30) + 1);
  EXPECT_EQ(error_type(call("StartFaceDetection", boost::json::object{{"Video", film("vast.mp4")}})),
            "VideoTooLargeException");
}

TEST_F(video_jobs_test, a_token_gives_its_job_though_the_video_and_the_collection_are_gone) {
  start("5");
  answer("CreateCollection", {{"CollectionId", "staff"}});
  std::ofstream(films() / "notes.mp4") << "Milk, bread, butter.";
  boost::json::object detection{{"Video", film("notes.mp4")}, {"ClientRequestToken", "once"}};
  boost::json::object search = detection;
  search["CollectionId"] = "staff";
  const auto detected = begin("StartFaceDetection", detection);
  const auto searched = begin("StartFaceSearch", search);
  const auto tracked = begin("StartPersonTracking", detection);
  std::filesystem::remove(films() / "notes.mp4");
  answer("DeleteCollection", {{"CollectionId", "staff"}});
  EXPECT_EQ(begin("StartFaceDetection", detection), detected);
  EXPECT_EQ(begin("StartFaceSearch", search), searched);
  EXPECT_EQ(begin("StartPersonTracking", detection), tracked);
  detection["JobTag"] = "another";
  EXPECT_EQ(error_type(call("StartFaceDetection", detection)), "IdempotentParameterMismatchException");
  detection["ClientRequestToken"] = "twice";
  EXPECT_EQ(error_type(call("StartFaceDetection", detection)), "InvalidS3ObjectException");
}

TEST_F(video_jobs_test, a_search_whose_collection_is_deleted_fails_and_says_so) {
  start("25");
  enrol("anna_1.jpg", "anna");
  make_clip("long.avi", {walk("anna_2.jpg", 0, 12, 0.2, 0.8)}, 12);
  const auto job = begin("StartFaceSearch", {{"Video", film("long.avi")}, {"CollectionId", "staff"}});
  ASSERT_TRUE(comes_true([&] { return analysed() > 0; }));
  answer("DeleteCollection", {{"CollectionId", "staff"}});
  answer("CreateCollection", {{"CollectionId", "staff"}}); // another of the same id
  const auto page = wait("GetFaceSearch", job);
  EXPECT_EQ(page.at("JobStatus"), "FAILED");
  EXPECT_EQ(page.at("StatusMessage"), "The collection staff was deleted before it had been searched.");
}

TEST_F(video_jobs_test, no_more_than_twenty_jobs_are_open_at_once) {
  start("25");
  make_clip("long.avi", {walk("anna_2.jpg", 0, 12, 0.2, 0.8)}, 12);
  for (int i = 0; i < 20; ++i)
    begin("StartPersonTracking", {{"Video", film("long.avi")}});
  const auto refused = call("StartPersonTracking", boost::json::object{{"Video", film("long.avi")}});
  EXPECT_EQ(error_type(refused), "LimitExceededException") << refused.body;
  stop_node(); // in the middle of one
}

} // namespace
} // namespace rollcall::test
