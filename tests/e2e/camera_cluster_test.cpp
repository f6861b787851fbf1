// Cameras and stored videos of a cluster: a node that dies, hangs or can't reach the store loses its camera to another,
// which says what nobody saw, and its video to one that goes on with it; it adds nothing any more.
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/zmq_client.hpp"

#include <csignal>
#include <set>

namespace rollcall::test {
namespace {

class camera_cluster_test : public cluster_fixture {
protected:
  void start_both(const std::vector<std::string>& settings = {"cameras.best_shot_every=300ms"}) {
    for (const auto* name : {"a", "b"})
      start(name, "front,embedder,shard,ingest,controller", settings);
  }
  void start_camera(const std::string& name = "door") {
    clip_shape shape;
    const auto clip = scratch_.path() / (name + ".avi");
    const auto written = write_clip(clip, {{scratch_.path() / "anna_2.jpg", 0.6, 0, 60, 0.3, 0.7, 0.5}}, shape);
    ASSERT_TRUE(written) << why(written);
    answer("a", "CreateStreamProcessor",
           {{"Name", name},
            {"Input", {{"KinesisVideoStream", {{"Arn", "file://" + clip.string() + "?repeat"}}}}},
            {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
            {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
            {"Settings", {{"FaceSearch", {{"CollectionId", "c"}, {"FaceMatchThreshold", 85}}}}}});
    answer("a", "StartStreamProcessor", {{"Name", name}});
  }
  /// Twelve seconds with somebody in view, in a bucket that every node has; every second of its 300 frames is looked
  /// at.
  std::vector<std::string> make_film() {
    const auto films = scratch_.path() / "films";
    std::filesystem::create_directory(films);
    clip_shape shape;
    shape.seconds = 12;
    const auto written =
        write_clip(films / "long.avi", {{scratch_.path() / "anna_2.jpg", 0.6, 0, 12, 0.2, 0.8, 0.5}}, shape);
    EXPECT_TRUE(written) << why(written);
    return {"cameras.lease=1s", "buckets.films=" + films.string(), "videos.frames_per_second=12.5"};
  }
  static std::set<std::int64_t> times_of(const boost::json::object& page) {
    std::set<std::int64_t> times;
    for (const auto& one : page.at("Faces").as_array())
      EXPECT_TRUE(times.insert(one.at("Timestamp").as_int64()).second) << "twice";
    return times;
  }
  std::string watcher() { return server_.query(uri_, "SELECT node FROM stream_processors"); }
  static std::string other_than(const std::string& name) { return name == "a" ? "b" : "a"; }
  std::string count(const std::string& kind, const std::string& node) {
    return server_.query(uri_, "SELECT count(*) FROM events WHERE kind = '" + kind + "' AND body LIKE '%\"Node\":\""
                                   + node + "\"%'");
  }
  void wait_for_kind(const std::string& kind, const std::string& node) {
    ASSERT_TRUE(comes_true([&] { return count(kind, node) != "0"; })) << kind << " of " << node;
  }
};

TEST_F(camera_cluster_test, a_camera_moves_from_a_node_that_dies_and_from_one_that_hangs) {
  start_both();
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  wait_until_replicated();
  ASSERT_NE(index("a", "anna_1.jpg"), "");
  start_camera();
  ASSERT_TRUE(comes_true([&] { return !watcher().empty(); }));
  const auto first = watcher();
  const auto second = other_than(first);
  wait_for_kind("Recognised", first);
  EXPECT_EQ(count("Gap", first), "0");

  const auto died = std::chrono::steady_clock::now();
  node(first).crash();
  wait_for_kind("Gap", second);
  std::cout << "taken over after "
            << std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - died).count()
            << " ms\n";
  wait_for_kind("Recognised", second); // another node's shard, another node's eyes

  const auto restarted = node(first).restart();
  ASSERT_TRUE(restarted) << why(restarted);
  node(second).child().signal(SIGSTOP);
  wait_for_kind("Gap", first);
  const auto gap = server_.query(uri_, "SELECT max(seq) FROM events WHERE kind = 'Gap'");
  node(second).child().signal(SIGCONT);
  ASSERT_TRUE(
      comes_true([&] { return server_.query(uri_, "SELECT count(*) >= 3 FROM events WHERE seq > " + gap) == "t"; }));
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM events WHERE seq > " + gap + " AND body NOT LIKE '%\"Node\":\""
                                    + first + "\"%'"),
            "0");
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) - max(seq) FROM events"), "0"); // no number is missing
  answer(first, "StopStreamProcessor", {{"Name", "door"}});
  wait_for("SELECT status FROM stream_processors", "0");
}

TEST_F(camera_cluster_test, a_pushed_frame_finds_its_camera_on_whatever_node_it_runs) {
  for (const auto* name : {"a", "b"})
    start(name, "front,embedder,shard,ingest,controller", {"zmq.frames=127.0.0.1:0", "cameras.lease=1s"});
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  for (const auto& [name, word] : {std::pair{"add", "zmq://door"}, std::pair{"start", ""}}) {
    std::vector<std::string> words{"cameras", name, "door"};
    if (*word != '\0')
      words.insert(words.end(), {word, "--collection", "c"});
    EXPECT_EQ(rollcall("a", words).exit.exit_code, 0);
  }
  ASSERT_TRUE(comes_true([&] { return !watcher().empty(); }));
  const auto first = body_of({200, {}, rollcall("a", {"init", "--json"}).out});
  const auto ask_at = [&](const std::string& at) {
    command what{program("rollcall").string(), {"keys", "create", "--name", at, "--role", "write", "--zmq", "--json"}};
    what.environment = {{"ROLLCALL_ENDPOINT", node(at).url()},
                        {"ROLLCALL_ACCESS_KEY", std::string{first.at("access_key").as_string()}},
                        {"ROLLCALL_SECRET_KEY", std::string{first.at("secret").as_string()}}};
    const auto done = run(what, soon());
    return body_of({200, {}, done ? done->out : ""});
  };
  // Each node has the same public key; frames go to the one that does not run the camera.
  ASSERT_TRUE(comes_true([&] { return ask_at("b").contains("zmq"); })); // b knows the first key a little later
  const auto here = ask_at("a");
  const auto there = ask_at("b");
  ASSERT_TRUE(here.contains("zmq") && there.contains("zmq"));
  EXPECT_EQ(here.at("zmq").at("server_key"), there.at("zmq").at("server_key"));
  const auto& key = watcher() == "a" ? there : here;
  zmq_client pusher{zmq::socket_type::push,
                    std::string{key.at("zmq").at("frames").as_string()},
                    {std::string{key.at("zmq").at("server_key").as_string()},
                     std::string{key.at("curve_key").as_string()}, std::string{key.at("curve_secret").as_string()}}};
  const auto picture = bytes_of(scratch_.path() / "anna_2.jpg");
  const std::string frame{picture.begin(), picture.end()};
  ASSERT_TRUE(comes_true([&] {
    EXPECT_TRUE(pusher.send({{"Version", 1}, {"Camera", "door"}}, frame));
    return count("TrackBegan", watcher()) != "0";
  }));
}

TEST_F(camera_cluster_test, a_node_that_cannot_reach_the_store_loses_its_camera_and_adds_nothing_when_it_can) {
  start("b", "front,embedder,shard,controller");
  std::map<std::string, std::unique_ptr<tcp_link>> networks;
  for (const auto* name : {"a", "c"}) {
    networks[name] = std::make_unique<tcp_link>(server_.port());
    start(name, "front,embedder,shard,ingest,controller",
          {"cameras.best_shot_every=300ms", "store.uri=" + uri_over(*networks[name])});
  }
  answer("b", "CreateCollection", {{"CollectionId", "c"}});
  ASSERT_NE(index("b", "anna_1.jpg"), "");
  start_camera();
  ASSERT_TRUE(comes_true([&] { return !watcher().empty(); }));
  const std::string first = watcher();
  const std::string second = first == "a" ? "c" : "a";
  wait_for_kind("Recognised", first);

  networks[first]->silence(true); // it lives, and sees its camera
  wait_for_kind("Gap", second);
  wait_for_kind("Recognised", second);
  networks[first]->silence(false);
  ASSERT_TRUE(comes_true([&] { return call(first, "StopStreamProcessor", {{"Name", "door"}}).status == 200; }));
  wait_for("SELECT status FROM stream_processors", "0");
  EXPECT_EQ(count("CameraDown", second), "1");
  const auto gap = server_.query(uri_, "SELECT max(seq) FROM events WHERE kind = 'Gap'");
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) FROM events WHERE seq > " + gap + " AND body LIKE '%\"Node\":\""
                                    + first + "\"%'"),
            "0");
  EXPECT_EQ(server_.query(uri_, "SELECT count(*) - max(seq) FROM events"), "0"); // no number is missing
}

TEST_F(camera_cluster_test, a_node_that_joins_gets_its_share_of_cameras_and_one_that_is_drained_gives_all_back) {
  const std::string roles = "front,embedder,shard,ingest,controller";
  start("a", roles, {"cameras.lease=1s"});
  answer("a", "CreateCollection", {{"CollectionId", "c"}});
  for (const auto* name : {"door", "gate", "hall", "yard"})
    start_camera(name);
  const auto running_on = [](const std::string& node) {
    return "SELECT count(*) FROM stream_processors WHERE status = 2 AND node = '" + node + "'";
  };
  wait_for(running_on("a"), "4");
  start("b", roles, {"cameras.lease=1s"});
  wait_for(running_on("b"), "2");
  wait_for(running_on("a"), "2");
  EXPECT_EQ(count("Gap", "b"), "2"); // between the two nobody watched
  EXPECT_EQ(count("CameraDown", "a"), "0");

  EXPECT_EQ(rollcall("a", {"nodes", "drain", "b"}).exit, (exit_state{0, 0}));
  wait_for(running_on("a"), "4");
  EXPECT_EQ(count("Gap", "a"), "2");
}

TEST_F(camera_cluster_test, another_node_goes_on_with_the_video_of_one_that_dies) {
  start_both(make_film());
  const auto job =
      answer("a", "StartFaceDetection", {{"Video", {{"S3Object", {{"Bucket", "films"}, {"Name", "long.avi"}}}}}});
  const auto worker = [&] { return server_.query(uri_, "SELECT node FROM video_jobs"); };
  ASSERT_TRUE(comes_true([&] { return server_.query(uri_, "SELECT frames >= 60 FROM video_jobs") == "t"; }));
  const auto first = worker();
  node(first).crash();
  const auto second = other_than(first);
  ASSERT_TRUE(comes_true([&] { return worker() == second; }));
  EXPECT_EQ(server_.query(uri_, "SELECT frames >= 60 FROM video_jobs"), "t") << "it began anew";
  boost::json::object page;
  ASSERT_TRUE(comes_true([&] {
    page = answer(second, "GetFaceDetection", {{"JobId", job.at("JobId")}});
    return page.at("JobStatus") != "IN_PROGRESS";
  }));
  EXPECT_EQ(page.at("JobStatus"), "SUCCEEDED");
  EXPECT_GE(times_of(page).size(), 145U);
}

} // namespace
} // namespace rollcall::test
