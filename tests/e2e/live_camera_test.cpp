// Cameras of a real node, on clips in which photographs of people move: who is seen is told, once, in order.
#include "tests/e2e/node_test.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/mp4_file.hpp"

#include <fstream>
#include <set>

namespace rollcall::test {
namespace {

double number_at(const boost::json::value& of, std::string_view member) {
  return of.at(member).to_number<double>();
}

class live_camera_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    start_node({.data_dir = scratch_.path() / "data",
                .settings = {"cameras.lease=1s", "cameras.frames_per_second=10", "cameras.best_shot_every=300ms"}});
  }

  boost::json::object answer(std::string_view operation, const boost::json::object& input) {
    const auto reply = call(operation, input);
    EXPECT_EQ(reply.status, 200) << operation << ": " << reply.body;
    return body_of(reply);
  }
  void enrol(const std::string& picture, const std::string& person) {
    const auto made = answer("IndexFaces", {{"CollectionId", "staff"},
                                            {"Image", image_of(bytes_of(scratch_.path() / picture))},
                                            {"ExternalImageId", person}});
    EXPECT_EQ(made.at("FaceRecords").as_array().size(), 1U);
  }
  std::string make_clip(const std::string& name, const std::vector<walker>& walkers, double seconds) {
    clip_shape shape;
    shape.seconds = seconds;
    const auto file = scratch_.path() / name;
    const auto written = write_clip(file, walkers, shape);
    EXPECT_TRUE(written) << why(written);
    return "file://" + file.string();
  }
  walker walk(const std::string& picture, double from_s, double to_s, double from_x, double to_x) {
    return {scratch_.path() / picture, 0.6, from_s, to_s, from_x, to_x, 0.5};
  }
  void write(const std::string& name, const core::bytes& content) {
    std::ofstream{scratch_.path() / name, std::ios::binary}.write(reinterpret_cast<const char*>(content.data()),
                                                                  static_cast<std::streamsize>(content.size()));
  }
  /// A clip that shows the enrolled person all the time.
  core::bytes clip_of_anna(const std::string& name, const clip_shape& shape, int quarters = 0) {
    auto anna = walk("anna_2.jpg", 0, shape.seconds, 0.4, 0.6);
    anna.quarters = quarters;
    const auto written = write_clip(scratch_.path() / name, {anna}, shape);
    EXPECT_TRUE(written) << why(written);
    return bytes_of(scratch_.path() / name);
  }
  /// Files that can be read to their end, in each of which the enrolled person is seen.
  std::vector<std::string> hostile_but_whole() {
    clip_of_anna("flood.avi", {.frames_per_s = 60});
    const auto empty =
        write_clip(scratch_.path() / "small.ts", {}, {.width_px = 640, .height_px = 360, .codec = "MPG2"});
    EXPECT_TRUE(empty) << why(empty);
    auto grows = bytes_of(scratch_.path() / "small.ts");
    const auto large = clip_of_anna("large.ts", {.codec = "MPG2"});
    grows.insert(grows.end(), large.begin(), large.end());
    write("grows.ts", grows);
    write("turned.mp4", turned(clip_of_anna("lying.mp4", {.codec = "mp4v"}, 3), 1));
    return {"flood.avi", "grows.ts", "turned.mp4"};
  }
  /// Files that can't, but for some of them a while.
  std::vector<std::string> broken_files() {
    auto cut = with_index_in_front(clip_of_anna("whole.mp4", {.codec = "mp4v"}));
    cut.resize(cut.size() * 2 / 3);
    write("cut.mp4", cut);
    write("empty.mp4", {});
    write("text.mp4", {'n', 'o', ' ', 'v', 'i', 'd', 'e', 'o'});
    write("picture.mp4", bytes_of(scratch_.path() / "anna_1.jpg"));
    return {"cut.mp4", "empty.mp4", "text.mp4", "picture.mp4"};
  }
  void create(const std::string& camera, const std::string& input) {
    answer("CreateStreamProcessor",
           {{"Name", camera},
            {"Input", {{"KinesisVideoStream", {{"Arn", input}}}}},
            {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
            {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
            {"Settings", {{"FaceSearch", {{"CollectionId", "staff"}, {"FaceMatchThreshold", 85}}}}}});
  }
  void start(const std::string& camera) { answer("StartStreamProcessor", {{"Name", camera}}); }
  std::string status(const std::string& camera) {
    return std::string(answer("DescribeStreamProcessor", {{"Name", camera}}).at("Status").as_string());
  }
  bool comes_to(const std::string& camera, const std::string& wanted) {
    return comes_true([&] { return status(camera) == wanted; });
  }
  /// All events of a camera, oldest first.
  boost::json::array events(const std::string& camera) {
    auto connection = http_connection::open(node().http_port(), soon());
    const auto request = "GET /admin/v1/events?camera=" + camera
                         + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\n\r\n";
    const auto reply = connection && connection->send(request, soon()) ? connection->read_reply(soon())
                                                                       : core::result<http_reply>{http_reply{}};
    EXPECT_TRUE(reply && reply->status == 200) << (reply ? reply->body : why(reply));
    return reply && reply->status == 200 ? body_of(*reply).at("events").as_array() : boost::json::array{};
  }
  static std::vector<std::string> kinds(const boost::json::array& of) {
    std::vector<std::string> made;
    for (const auto& one : of)
      made.emplace_back(one.at("Kind").as_string());
    return made;
  }

  temp_dir scratch_;
};

TEST_F(live_camera_test, a_person_who_passes_is_recognised_and_a_stranger_is_not) {
  answer("CreateCollection", {{"CollectionId", "staff"}});
  enrol("anna_1.jpg", "anna");
  create("door",
         make_clip("door.avi", {walk("anna_2.jpg", 0.5, 3.5, 0.2, 0.5), walk("bella.jpg", 1, 3.5, 0.8, 0.7)}, 7));
  EXPECT_EQ(status("door"), "STOPPED");
  start("door");
  ASSERT_TRUE(comes_to("door", "STOPPED")); // at the end of the file
  const auto told = events("door");
  const auto shown = boost::json::serialize(told);
  const auto all = kinds(told);
  EXPECT_EQ(all.front(), "CameraUp") << shown;
  EXPECT_EQ(all.back(), "CameraDown") << shown;
  EXPECT_EQ(std::ranges::count(all, "TrackBegan"), 2) << shown;
  EXPECT_EQ(std::ranges::count(all, "TrackEnded"), 2) << shown;
  ASSERT_EQ(std::ranges::count(all, "Recognised"), 1) << shown;
  const auto& alert = told[static_cast<std::size_t>(std::ranges::find(all, "Recognised") - all.begin())].as_object();
  const auto& first = alert.at("Candidates").as_array().at(0).as_object();
  EXPECT_EQ(first.at("ExternalImageId"), "anna");
  EXPECT_GT(first.at("Similarity").to_number<double>(), 85);
  EXPECT_EQ(alert.at("CollectionId"), "staff");
  const auto& face = alert.at("Face").as_object();
  EXPECT_LT(number_at(face.at("BoundingBox"), "Left"), 0.5);
  EXPECT_EQ(face.at("Landmarks").as_array().size(), 5U);
  for (const auto& one : face.at("Landmarks").as_array())
    for (const auto& [place, begin, side] : {std::tuple{"X", "Left", "Width"}, std::tuple{"Y", "Top", "Height"}}) {
      const auto within = number_at(one, place) - number_at(face.at("BoundingBox"), begin);
      EXPECT_GT(within, 0) << one;
      EXPECT_LT(within, number_at(face.at("BoundingBox"), side)) << one;
    }
  std::set<std::string> ids;
  std::uint64_t seq = 0;
  for (const auto& one : told) {
    EXPECT_GT(one.at("Seq").to_number<std::uint64_t>(), seq);
    seq = one.at("Seq").to_number<std::uint64_t>();
    EXPECT_TRUE(ids.insert(std::string(one.at("EventId").as_string())).second);
  }
}

TEST_F(live_camera_test, what_is_no_video_fails_and_says_why) {
  answer("CreateCollection", {{"CollectionId", "staff"}});
  create("broken", "file://" + (scratch_.path() / "blank.txt").string());
  start("broken");
  ASSERT_TRUE(comes_to("broken", "FAILED"));
  const auto shown = answer("DescribeStreamProcessor", {{"Name", "broken"}});
  EXPECT_NE(std::string(shown.at("StatusMessage").as_string()).find("no file"), std::string::npos);
}

// What else a stream can be: each comes to rest as it should, in bounded memory, and another camera notices nothing.
TEST_F(live_camera_test, hostile_streams_harm_nobody_else) {
  answer("CreateCollection", {{"CollectionId", "staff"}});
  enrol("anna_1.jpg", "anna");
  create("good", make_clip("good.avi", {walk("anna_2.jpg", 0.5, 2.5, 0.3, 0.6)}, 4) + "?repeat");
  start("good");
  const auto seen = [&](const std::string& camera, const char* kind) {
    return std::ranges::count(kinds(events(camera)), kind);
  };
  ASSERT_TRUE(comes_true([&] { return seen("good", "Recognised") > 0; }));
  const auto before = node().child().resident_bytes().value_or(0);

  const auto whole = hostile_but_whole();
  const auto broken = broken_files();
  for (const auto& names : {whole, broken})
    for (const auto& name : names) {
      create(name, "file://" + (scratch_.path() / name).string());
      start(name);
    }
  for (const auto& name : whole) {
    EXPECT_TRUE(comes_to(name, "STOPPED")) << name << status(name);
    EXPECT_GT(seen(name, "Recognised"), 0) << name << boost::json::serialize(events(name));
  }
  for (const auto& name : broken) {
    EXPECT_TRUE(comes_to(name, "FAILED")) << name << status(name);
    const auto shown = answer("DescribeStreamProcessor", {{"Name", name}});
    EXPECT_NE(std::string(shown.at("StatusMessage").as_string()).find(name), std::string::npos) << shown;
  }
  EXPECT_LT(node().child().peak_resident_bytes().value_or(0), before + 60'000'000 * (whole.size() + broken.size()));

  const auto visits = seen("good", "TrackEnded");
  EXPECT_TRUE(comes_true([&] { return seen("good", "TrackEnded") > visits + 1; }));
  for (const auto& kind : kinds(events("good")))
    EXPECT_TRUE(kind == "CameraUp" || kind == "Recognised" || kind.starts_with("Track")) << kind;
}

TEST_F(live_camera_test, stops_when_it_is_told_and_goes_on_after_a_crash_of_the_node_with_a_gap) {
  answer("CreateCollection", {{"CollectionId", "staff"}});
  create("door", make_clip("door.avi", {walk("anna_2.jpg", 0, 60, 0.3, 0.6)}, 6) + "?repeat");
  start("door");
  ASSERT_TRUE(comes_true([&] { return std::ranges::count(kinds(events("door")), "TrackBegan") > 0; }));
  EXPECT_EQ(status("door"), "RUNNING");
  node().crash();
  const auto restarted = node().restart();
  ASSERT_TRUE(restarted) << why(restarted);
  ASSERT_TRUE(comes_true([&] { return std::ranges::count(kinds(events("door")), "TrackBegan") > 1; }));
  const auto all = kinds(events("door"));
  EXPECT_EQ(std::ranges::count(all, "Gap"), 1);
  answer("StopStreamProcessor", {{"Name", "door"}});
  ASSERT_TRUE(comes_to("door", "STOPPED"));
  EXPECT_EQ(kinds(events("door")).back(), "CameraDown");
}

} // namespace
} // namespace rollcall::test
