// A camera that speaks RTSP, served by GStreamer's server: watched, cut off, back again, hanging, behind a network that
// fails; and one beside it that notices nothing of all that.
#include "tests/e2e/node_test.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/tcp_link.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/capture/video_writer.hpp"

#include <csignal>

namespace rollcall::test {
namespace {

/// The clip in H.264, as cameras send it.
core::status encode_clip(const std::filesystem::path& from, const std::filesystem::path& to, int frames_per_s) {
  ROLLCALL_TRY(const auto source, vision::video_source::open("file://" + from.string()));
  std::unique_ptr<vision::video_writer> writer;
  for (;;) {
    ROLLCALL_TRY(const auto frame, source->read());
    if (!frame)
      return writer->finish();
    if (!writer) {
      ROLLCALL_TRY(writer, vision::video_writer::open(to, frame->image.width_px, frame->image.height_px, frames_per_s));
    }
    ROLLCALL_CHECK(writer->add(frame->image));
  }
}

class rtsp_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    if (!std::filesystem::exists(program("rtsp_server")))
      GTEST_SKIP() << "the RTSP server was not built: run ./dev setup test (libgstrtspserver-1.0-dev)";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    make_clips();
    start_node({.data_dir = scratch_.path() / "data",
                .settings = {"cameras.lease=1s", "cameras.frames_per_second=5", "cameras.best_shot_every=300ms"}});
    EXPECT_EQ(call("CreateCollection", {{"CollectionId", "staff"}}).status, 200);
    EXPECT_EQ(call("IndexFaces", {{"CollectionId", "staff"},
                                  {"Image", image_of(bytes_of(scratch_.path() / "anna_1.jpg"))},
                                  {"ExternalImageId", "anna"}})
                  .status,
              200);
  }

  /// Of the one that is served a minute with somebody in view; of the file six seconds, for three of which somebody is.
  void make_clips() {
    const auto make = [this](const std::string& name, double in_view_s, double seconds) {
      const walker passing{scratch_.path() / "anna_2.jpg", 0.7, 0, in_view_s, 0.3, 0.7, 0.5};
      const auto written = write_clip(scratch_.path() / (name + ".avi"), {passing}, {640, 360, 10, seconds});
      ASSERT_TRUE(written) << why(written);
    };
    ASSERT_NO_FATAL_FAILURE(make("door", 60, 60));
    ASSERT_NO_FATAL_FAILURE(make("yard", 3, 6));
    const auto encoded = encode_clip(scratch_.path() / "door.avi", scratch_.path() / "door.mp4", 10);
    ASSERT_TRUE(encoded) << why(encoded);
  }

  void serve() {
    std::vector<std::string> words{scratch_.path() / "door.mp4"};
    if (!port_.empty())
      words.push_back(port_);
    auto started = process::start({program("rtsp_server"), words});
    ASSERT_TRUE(started) << why(started);
    server_ = *std::move(started);
    const auto ready = server_->wait_for_line(stream::out, "ready ", soon());
    ASSERT_TRUE(ready) << why(ready);
    port_ = ready->substr(6);
  }

  void watch(const std::string& camera, const std::string& input) {
    const boost::json::object wanted{
        {"Name", camera},
        {"Input", {{"KinesisVideoStream", {{"Arn", input}}}}},
        {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
        {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
        {"Settings", {{"FaceSearch", {{"CollectionId", "staff"}, {"FaceMatchThreshold", 85}}}}}};
    EXPECT_EQ(call("CreateStreamProcessor", wanted).status, 200);
    EXPECT_EQ(call("StartStreamProcessor", {{"Name", camera}}).status, 200);
  }

  std::ptrdiff_t count(const std::string& camera, std::string_view kind) {
    auto connection = http_connection::open(node().http_port(), soon());
    const auto request = "GET /admin/v1/events?limit=1000&camera=" + camera
                         + " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: RollcallAdmin.v1\r\n\r\n";
    const auto reply = connection && connection->send(request, soon()) ? connection->read_reply(soon())
                                                                       : core::result<http_reply>{http_reply{}};
    const auto body = reply ? body_of(*reply) : boost::json::object{};
    const auto* events = body.if_contains("events");
    if (events == nullptr)
      return 0;
    return std::ranges::count_if(events->as_array(),
                                 [&](const boost::json::value& one) { return one.at("Kind").as_string() == kind; });
  }
  bool comes(const std::string& camera, std::string_view kind, std::ptrdiff_t times) {
    return comes_true([&] { return count(camera, kind) >= times; });
  }

  temp_dir scratch_;
  std::unique_ptr<process> server_;
  std::string port_;
};

TEST_F(rtsp_test, a_camera_is_watched_cut_off_and_watched_again) {
  ASSERT_NO_FATAL_FAILURE(serve());
  watch("door", "rtsp://127.0.0.1:" + port_ + "/live");
  watch("yard", "file://" + (scratch_.path() / "yard.avi").string() + "?repeat");
  ASSERT_TRUE(comes("door", "CameraUp", 1));
  ASSERT_TRUE(comes("door", "Recognised", 1));

  server_->signal(SIGKILL); // in the middle of a group of pictures
  ASSERT_TRUE(comes("door", "CameraDown", 1));
  EXPECT_TRUE(comes("door", "TrackEnded", 1));
  ASSERT_NO_FATAL_FAILURE(serve());
  ASSERT_TRUE(comes("door", "CameraUp", 2));
  ASSERT_TRUE(comes("door", "Recognised", 2));

  server_->signal(SIGSTOP); // it hangs: nothing comes, and nothing ends
  ASSERT_TRUE(comes("door", "CameraDown", 2));
  EXPECT_EQ(count("yard", "CameraDown"), 0);
  EXPECT_EQ(count("yard", "CameraUp"), 1);
  const auto before = count("yard", "TrackBegan");
  EXPECT_TRUE(comes("yard", "TrackBegan", before + 1)) << "it still sees";
}

TEST_F(rtsp_test, a_network_that_fails_between_camera_and_node_costs_a_gap_and_no_more) {
  ASSERT_NO_FATAL_FAILURE(serve());
  tcp_link network{static_cast<std::uint16_t>(std::stoi(port_))};
  watch("door", "rtsp://127.0.0.1:" + std::to_string(network.port()) + "/live");
  watch("yard", "file://" + (scratch_.path() / "yard.avi").string() + "?repeat");
  ASSERT_TRUE(comes("door", "Recognised", 1));

  network.silence(true); // the camera goes on, and nobody is told that it can't be heard
  ASSERT_TRUE(comes("door", "CameraDown", 1));
  EXPECT_TRUE(comes("door", "TrackEnded", 1));
  network.silence(false);
  ASSERT_TRUE(comes("door", "CameraUp", 2));
  ASSERT_TRUE(comes("door", "Recognised", 2));

  network.cut(); // in the middle of a packet
  ASSERT_TRUE(comes("door", "CameraDown", 2));
  ASSERT_TRUE(comes("door", "CameraUp", 3));
  ASSERT_TRUE(comes("door", "Recognised", 3));
  EXPECT_EQ(count("yard", "CameraDown"), 0);
  EXPECT_EQ(count("yard", "CameraUp"), 1);
}

} // namespace
} // namespace rollcall::test
