// Cameras of a cluster: a node that dies or hangs loses its camera to another, which says what nobody saw; the one that
// hung adds nothing any more.
#include "tests/e2e/cluster_fixture.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/zmq_client.hpp"

#include <csignal>

namespace rollcall::test {
namespace {

class camera_cluster_test : public cluster_fixture {
protected:
  void start_both() {
    for (const auto* name : {"a", "b"})
      start(name, "front,embedder,shard,ingest,controller", {"cameras.best_shot_every=300ms"});
  }
  void start_camera() {
    clip_shape shape;
    const auto clip = scratch_.path() / "door.avi";
    const auto written = write_clip(clip, {{scratch_.path() / "anna_2.jpg", 0.6, 0, 60, 0.3, 0.7, 0.5}}, shape);
    ASSERT_TRUE(written) << why(written);
    answer("a", "CreateStreamProcessor",
           {{"Name", "door"},
            {"Input", {{"KinesisVideoStream", {{"Arn", "file://" + clip.string() + "?repeat"}}}}},
            {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
            {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
            {"Settings", {{"FaceSearch", {{"CollectionId", "c"}, {"FaceMatchThreshold", 85}}}}}});
    answer("b", "StartStreamProcessor", {{"Name", "door"}});
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

} // namespace
} // namespace rollcall::test
