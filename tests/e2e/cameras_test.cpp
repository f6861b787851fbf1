/// Cameras and their events on a real node, as operators use them: made, started, stopped and removed from the command
/// line; events read on from a number; and keys that may see those of one collection only.
#include "tests/e2e/node_test.hpp"

#include "store/sqlite_store.hpp"

#include <algorithm>
#include <cstdlib>

namespace rollcall::test {
namespace {

using environment = std::vector<std::pair<std::string, std::string>>;

store::collection_record make_collection(const std::string& id) {
  store::collection_record made;
  made.key = core::collection_key{core::random_uuid()};
  made.id = id;
  made.model_version = "1.0";
  made.partitions = 1;
  return made;
}

store::stream_processor make_camera(const std::string& name, const std::string& collection) {
  store::stream_processor made;
  made.key = core::random_uuid();
  made.name = name;
  made.input = "zmq://" + name;
  made.collection = collection;
  made.details = R"({"Output":{},"RoleArn":"arn:aws:iam::000000000000:role/a"})";
  return made;
}

store::event_record make_event(const store::stream_processor& of, const std::string& kind, const std::string& body) {
  const core::wall_time at{std::chrono::seconds{1'700'000'000}};
  return {0, core::random_uuid(), of.key, of.name, of.collection, kind, at, at, body};
}

/// The cameras gate (staff) and door (guests), stopped, with five events: gate's are 1, 2 and 4.
core::status fill(const std::filesystem::path& data_dir) {
  ROLLCALL_TRY(const auto opened, store::open_sqlite_store(data_dir));
  auto& in = *opened;
  for (const auto* id : {"staff", "guests"})
    ROLLCALL_CHECK(in.create_collection(make_collection(id), {}));
  const auto gate = make_camera("gate", "staff");
  const auto door = make_camera("door", "guests");
  const auto add = [&in](const store::stream_processor& to, const std::string& kind,
                         const std::string& body) -> core::status {
    ROLLCALL_TRY(const auto started, in.start_processor(to.name, {}));
    ROLLCALL_TRY(const auto claimed, in.claim_processor(to.key, "node-1", std::chrono::seconds{1}));
    const auto event = make_event(to, kind, body);
    ROLLCALL_CHECK(in.append_events(to.key, claimed.epoch, {&event, 1}));
    ROLLCALL_CHECK(in.report_processor(to.key, claimed.epoch, store::processor_status::stopped, "", {}));
    return core::nothing{};
  };
  for (const auto& each : {gate, door})
    ROLLCALL_CHECK(in.create_processor(each));
  ROLLCALL_CHECK(add(gate, "TrackBegan", R"({"Kind":"TrackBegan","Track":"7","Faces":[1]})"));
  ROLLCALL_CHECK(add(gate, "TrackEnded", R"({"Kind":"TrackEnded","Similarity":98.5,"Name":"a\u001bb"})"));
  ROLLCALL_CHECK(add(door, "TrackBegan", "{}"));
  ROLLCALL_CHECK(add(gate, "TrackBegan", "{}"));
  return add(door, "TrackEnded", "no JSON");
}

class cameras_test : public node_test {
protected:
  void SetUp() override {
    const auto filled = fill(data_.path());
    ASSERT_TRUE(filled) << why(filled);
    start_with({"node.roles=front,embedder,shard,controller"}); // nobody runs cameras: they stay as they are told
  }
  void start_with(std::vector<std::string> settings) {
    start_node({.data_dir = data_.path(), .settings = std::move(settings)});
  }

  finished_command rollcall(const std::vector<std::string>& arguments, const environment& as = {}) {
    command asked{program("rollcall"), arguments, as};
    asked.environment.insert(asked.environment.end(), {{"HOME", home_.path()}, {"ROLLCALL_ENDPOINT", node().url()}});
    for (const auto* unset : {"XDG_CONFIG_HOME", "ROLLCALL_ACCESS_KEY", "ROLLCALL_SECRET_KEY"})
      ::unsetenv(unset);
    auto done = run(asked, soon());
    EXPECT_TRUE(done) << why(done);
    return done ? *std::move(done) : finished_command{};
  }

  /// What the command printed; a failed test when it ended with another code.
  std::string said(int code, const std::vector<std::string>& arguments, const environment& as = {}) {
    const auto done = rollcall(arguments, as);
    EXPECT_EQ(done.exit.exit_code, code) << arguments[1] << ": " << done.out << done.err;
    return done.out + done.err;
  }

  boost::json::object camera(const std::string& name) {
    return body_of({200, {}, rollcall({"cameras", "status", name, "--json"}).out});
  }

  bool is(const std::string& name, std::string_view status) {
    const auto told = camera(name);
    const auto* found = told.if_contains("status");
    return found != nullptr && found->is_string() && found->get_string() == status;
  }

  /// Credentials of a key that `init` or `keys create` printed.
  static environment as(const boost::json::object& key) {
    return {{"ROLLCALL_ACCESS_KEY", std::string{key.at("access_key").as_string()}},
            {"ROLLCALL_SECRET_KEY", std::string{key.at("secret").as_string()}}};
  }

private:
  temp_dir data_;
  temp_dir home_;
};

std::ptrdiff_t lines_of(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n');
}

TEST_F(cameras_test, are_added_started_stopped_and_removed) {
  EXPECT_EQ(said(0, {"cameras", "add", "yard", "zmq://yard", "--collection", "staff", "--threshold", "92.5"}),
            "yard: STOPPED\n");
  EXPECT_NE(said(1, {"cameras", "add", "yard", "zmq://other", "--collection", "staff"}).find("ResourceInUseException"),
            std::string::npos);
  EXPECT_EQ(camera("yard").at("threshold").to_number<double>(), 92.5);
  EXPECT_NE(said(1, {"cameras", "stop", "yard"}).find("Processor not available"), std::string::npos);
  said(0, {"cameras", "start", "yard"});
  said(1, {"cameras", "start", "yard"});
  EXPECT_NE(said(1, {"cameras", "remove", "yard"}).find("stopped first"), std::string::npos);
  said(0, {"cameras", "stop", "yard"});
  EXPECT_TRUE(comes_true([&] { return is("yard", "STOPPED"); }));
  EXPECT_EQ(said(0, {"cameras", "remove", "yard"}), "removed yard\n");
  for (const std::string word : {"status", "start", "stop", "remove"})
    EXPECT_NE(said(1, {"cameras", word, "yard"}).find("ResourceNotFoundException"), std::string::npos) << word;
  EXPECT_EQ(lines_of(said(0, {"cameras", "list"})), 3) << "a heading, door and gate";
}

TEST_F(cameras_test, are_refused_when_they_can_not_be) {
  const auto add = [](const std::string& name, const std::string& input, const std::string& collection) {
    return std::vector<std::string>{"cameras", "add", name, input, "--collection", collection};
  };
  EXPECT_NE(said(1, add("yard", "zmq://yard", "nobody")).find("InvalidParameterException"), std::string::npos);
  EXPECT_NE(said(1, add("a yard", "zmq://yard", "staff")).find("ValidationException"), std::string::npos);
  EXPECT_NE(said(1, add("yard", "udp://camera", "staff")).find("rtsp://"), std::string::npos);
  said(2, {"cameras", "add", "yard", "zmq://yard", "--collection", "staff", "--threshold", "79"});
  EXPECT_EQ(said(1, add("yard", "udp://user:word@camera", "staff")).find("word"), std::string::npos);
}

TEST_F(cameras_test, keep_their_passwords_to_themselves) {
  said(0, {"cameras", "add", "yard", "rtsp://user:open-sesame@camera/1", "--collection", "staff"});
  for (const auto& told :
       {said(0, {"cameras", "list"}), said(0, {"cameras", "list", "--json"}), said(0, {"cameras", "status", "yard"}),
        call("DescribeStreamProcessor", R"({"Name": "yard"})").body}) {
    EXPECT_NE(told.find("rtsp://user:***@camera/1"), std::string::npos) << told;
    EXPECT_EQ(told.find("open-sesame"), std::string::npos) << told;
  }
  EXPECT_EQ(node().child().output(stream::err).find("open-sesame"), std::string::npos);
  const auto refused = said(2, {"--endpoint", "http://192.0.2.1:1", "cameras", "add", "yard",
                                "rtsp://user:open-sesame@camera/1", "--collection", "staff"});
  EXPECT_EQ(refused.find("open-sesame"), std::string::npos) << refused;
}

TEST_F(cameras_test, get_no_stream_that_the_operator_does_not_list) {
  said(0, {"cameras", "add", "old", "file:///etc/hostname", "--collection", "staff"});
  stop_node();
  start_with({"cameras.inputs=rtsp://10.1.2.*,file:///srv/clips"});
  const auto refused = said(4, {"cameras", "add", "yard", "rtsp://ann:secret@10.1.3.1/", "--collection", "staff"});
  EXPECT_NE(refused.find("cameras.inputs"), std::string::npos) << refused;
  EXPECT_EQ(refused.find("secret"), std::string::npos) << refused;
  said(0, {"cameras", "add", "yard", "rtsp://ann:secret@10.1.2.1/", "--collection", "staff"});
  const boost::json::object wanted{
      {"Name", "hall"},
      {"Input", {{"KinesisVideoStream", {{"Arn", "file:///srv/clips/../../etc/hostname"}}}}},
      {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
      {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
      {"Settings", {{"FaceSearch", {{"CollectionId", "staff"}}}}}};
  EXPECT_EQ(error_type(call("CreateStreamProcessor", wanted)), "AccessDeniedException");
  said(0, {"cameras", "start", "old"}); // created before there was a list: not opened
  ASSERT_TRUE(comes_true([&] { return is("old", "FAILED"); }));
  const std::string why{camera("old").at("message").as_string()};
  EXPECT_NE(why.find("cameras.inputs"), std::string::npos) << why;
}

TEST_F(cameras_test, made_by_either_door_are_the_same) {
  said(0, {"cameras", "add", "yard", "zmq://yard", "--collection", "staff"});
  const auto described = body_of(call("DescribeStreamProcessor", R"({"Name": "yard"})"));
  ASSERT_TRUE(described.contains("Settings")) << boost::json::serialize(described);
  EXPECT_EQ(boost::json::serialize(described.at("Settings")),
            R"({"FaceSearch":{"CollectionId":"staff","FaceMatchThreshold":80}})");
  EXPECT_EQ(call("DeleteStreamProcessor", R"({"Name": "yard"})").status, 200);
  said(1, {"cameras", "status", "yard"});
}

TEST_F(cameras_test, have_events_that_are_read_on_from_a_number) {
  EXPECT_EQ(said(0, {"events", "replay", "--count", "2"}),
            "1  2023-11-14T22:13:20.000Z  gate  TrackBegan  Track=7  CollectionId=staff\n"
            "2  2023-11-14T22:13:20.000Z  gate  TrackEnded  Similarity=98.50  Name=a?b  CollectionId=staff\n");
  EXPECT_EQ(lines_of(said(0, {"events", "replay"})), 5);
  EXPECT_EQ(lines_of(said(0, {"events", "replay", "--after", "3"})), 2);
  EXPECT_EQ(lines_of(said(0, {"events", "replay", "--camera", "gate"})), 3);
  EXPECT_EQ(lines_of(said(0, {"events", "replay", "--collection", "guests", "--kind", "TrackEnded"})), 1);
  EXPECT_EQ(lines_of(said(0, {"events", "follow", "--after", "1", "--camera", "gate", "--count", "2"})), 2);
  EXPECT_EQ(said(0, {"events", "replay", "--after", "99"}), "");
  const auto last = body_of({200, {}, rollcall({"events", "replay", "--after", "4", "--json"}).out});
  ASSERT_TRUE(last.contains("Seq") && last.contains("EventId"));
  EXPECT_EQ(last.at("Seq").to_number<int>(), 5);
  EXPECT_EQ(std::string{last.at("Kind").as_string()}, "TrackEnded") << "though its body can't be read";
}

TEST_F(cameras_test, whose_key_is_for_one_collection_are_the_only_ones_seen) {
  const auto all = as(body_of({200, {}, rollcall({"init", "--json"}).out}));
  const auto make_key = [&](const std::string& role) {
    return as(body_of(
        {200,
         {},
         rollcall({"keys", "create", "--name", role, "--role", role, "--collection", "guests", "--json"}, all).out}));
  };
  const auto guard = make_key("admin");
  EXPECT_EQ(lines_of(said(0, {"cameras", "list"}, guard)), 2) << "a heading and door";
  EXPECT_EQ(lines_of(said(0, {"events", "replay"}, guard)), 2);
  for (const std::string word : {"status", "start", "stop", "remove"})
    said(4, {"cameras", word, "gate"}, guard);
  said(4, {"cameras", "add", "yard", "zmq://yard", "--collection", "staff"}, guard);
  said(0, {"cameras", "start", "door"}, guard);
  said(0, {"cameras", "stop", "door"}, guard);
  said(4, {"cameras", "list"}, make_key("write"));
}

} // namespace
} // namespace rollcall::test
