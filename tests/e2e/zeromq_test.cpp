// The ZeroMQ plane of a real node, by the examples of docs/zeromq.md as they stand there, and by clients that do what
// they should not.
#include "tests/e2e/node_test.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/zmq_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::test {
namespace {

using boost::json::object;
using environment = std::vector<std::pair<std::string, std::string>>;

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

/// The example number `which` (from 0) in `language` of the documentation.
std::string example(const std::string& language, int which) {
  const auto text = text_of("docs/zeromq.md");
  const auto fence = "```" + language + "\n";
  auto begin = text.find(fence);
  for (; which > 0 && begin != text.npos; --which)
    begin = text.find(fence, begin + 1);
  if (begin == text.npos)
    return "";
  begin += fence.size();
  return text.substr(begin, text.find("```", begin) - begin);
}

std::string shown(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts)
    all += part.substr(0, 500) + "\n";
  return all;
}

object header_of(const std::vector<std::string>& reply) {
  return reply.empty() ? object{} : body_of({200, {}, reply[0]});
}
object found_in(const std::vector<std::string>& reply) {
  return reply.size() < 2 ? object{} : body_of({200, {}, reply[1]});
}
std::string error_of(const std::vector<std::string>& reply) {
  const auto header = header_of(reply);
  const auto* found = header.if_contains("Error");
  return found != nullptr ? std::string{found->as_string()} : std::string{};
}

class zeromq_test : public node_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(fetched_dir() / "photos"))
      GTEST_SKIP() << "no photographs under " << fetched_dir() << ": run ./dev setup";
    const auto written = write_pictures(scratch_.path());
    ASSERT_TRUE(written) << why(written);
    node_options options{.data_dir = scratch_.path() / "data",
                         .settings = {"zmq.queries=127.0.0.1:0", "zmq.frames=127.0.0.1:0", "zmq.events=127.0.0.1:0",
                                      "cameras.lease=1s", "cameras.frames_per_second=10",
                                      "cameras.best_shot_every=300ms"}};
    options.settings.insert(options.settings.end(), more_settings_.begin(), more_settings_.end());
    start_node(std::move(options));
    const auto first = json_of({"init"});
    ASSERT_TRUE(first.contains("access_key"));
    admin_ = {{"ROLLCALL_ACCESS_KEY", std::string{first.at("access_key").as_string()}},
              {"ROLLCALL_SECRET_KEY", std::string{first.at("secret").as_string()}}};
    said({"collections", "create", "people"});
    said({"collections", "create", "others"});
    said({"index", picture("anna_1.jpg"), "--collection", "people", "--id", "anna"});
  }

  [[nodiscard]] std::string picture(const std::string& name) const { return scratch_.path() / name; }

  std::string said(const std::vector<std::string>& arguments) {
    command asked{program("rollcall"), arguments, admin_};
    asked.environment.insert(asked.environment.end(), {{"HOME", scratch_.path()}, {"ROLLCALL_ENDPOINT", node().url()}});
    const auto done = run(asked, soon());
    EXPECT_TRUE(done && done->exit.exit_code == 0)
        << arguments[0] << ": " << (done ? done->out + done->err : why(done));
    return done ? done->out : "";
  }
  object json_of(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return body_of({200, {}, said(arguments)});
  }

  /// A key with its CURVE pair, as `keys create` tells of it.
  object make_key(const std::string& role, const std::string& collection = {}) {
    std::vector<std::string> words{"keys", "create", "--name", role, "--role", role, "--zmq"};
    if (!collection.empty())
      words.insert(words.end(), {"--collection", collection});
    return json_of(std::move(words));
  }
  static std::string at(const object& key, const char* plane) {
    return std::string{key.at("zmq").at(plane).as_string()};
  }
  static zmq_keys keys_of(const object& key) {
    return {at(key, "server_key"), std::string{key.at("curve_key").as_string()},
            std::string{key.at("curve_secret").as_string()}};
  }
  static environment environment_of(const object& key) {
    return {{"ZMQ_SERVER_KEY", at(key, "server_key")},
            {"CURVE_PUBLIC", std::string{key.at("curve_key").as_string()}},
            {"CURVE_SECRET", std::string{key.at("curve_secret").as_string()}},
            {"ZMQ_QUERIES", at(key, "queries")},
            {"ZMQ_FRAMES", at(key, "frames")},
            {"ZMQ_EVENTS", at(key, "events")}};
  }
  static zmq_client asker(const object& key) { return {zmq::socket_type::dealer, at(key, "queries"), keys_of(key)}; }
  static std::vector<std::string> ask(zmq_client& by, object header, const std::string& part) {
    header["Version"] = 1;
    EXPECT_TRUE(by.send(header, part));
    return by.receive();
  }

  /// The embedding of the enrolled face, as the collection's export has it.
  std::string embedding() {
    const auto file = scratch_.path() / "faces.jsonl";
    said({"export", "--collection", "people", file});
    std::ifstream lines(file);
    for (std::string line; std::getline(lines, line);)
      if (const auto face = body_of({200, {}, line}); face.contains("embedding"))
        if (const auto read = wire::decode_base64(face.at("embedding").as_string()))
          return {read->begin(), read->end()};
    return "";
  }

  std::vector<std::string> more_settings_;
  environment admin_;
  temp_dir scratch_;
};

TEST_F(zeromq_test, the_documented_search_finds_who_is_enrolled) {
  const auto key = make_key("search", "people");
  command asked{"/usr/bin/python3", {"-c", example("python", 0)}, environment_of(key)};
  asked.environment.emplace_back("PICTURE", picture("anna_2.jpg"));
  const auto done = run(asked, soon());
  ASSERT_TRUE(done) << why(done);
  const auto found = body_of({200, {}, done->out});
  ASSERT_TRUE(found.contains("FaceMatches")) << done->out << done->err;
  const auto& matches = found.at("FaceMatches").as_array();
  ASSERT_EQ(matches.size(), 1U) << done->out;
  EXPECT_EQ(matches[0].at("Face").at("ExternalImageId"), "anna");
  const auto decisions = said({"decisions", "list", "--json"});
  EXPECT_NE(decisions.find("SearchFacesByImage"), std::string::npos) << decisions;
}

TEST_F(zeromq_test, an_embedding_finds_its_own_face_and_wrong_ones_are_refused) {
  const auto key = make_key("search");
  auto by = asker(key);
  const auto probe = embedding();
  ASSERT_EQ(probe.size(), 2'048U);
  const object search{{"Operation", "SearchFacesByEmbedding"},
                      {"CollectionId", "people"},
                      {"FaceModelVersion", "1.0"},
                      {"Id", "query 7"}};
  const auto reply = ask(by, search, probe);
  ASSERT_EQ(reply.size(), 2U) << shown(reply);
  EXPECT_EQ(header_of(reply).at("Id"), "query 7");
  EXPECT_EQ(header_of(reply).at("Headers").at("x-rollcall-coverage"), "4/4");
  EXPECT_EQ(header_of(reply).at("Headers").at("x-rollcall-exact"), "true");
  const auto found = found_in(reply);
  const auto& first = found.at("FaceMatches").as_array().at(0);
  EXPECT_EQ(first.at("Face").at("ExternalImageId"), "anna");
  EXPECT_GT(first.at("Similarity").to_number<double>(), 99.9);
  EXPECT_NE(said({"decisions", "list", "--json"}).find("SearchFacesByEmbedding"), std::string::npos);

  EXPECT_EQ(error_of(ask(by, search, probe.substr(4))), "InvalidParameterException");
  EXPECT_EQ(error_of(ask(by, search, std::string(2'048, '\0'))), "InvalidParameterException");
  EXPECT_EQ(error_of(ask(by, search, std::string(2'048, '\xff'))), "InvalidParameterException"); // not numbers
  auto other = search;
  other["FaceModelVersion"] = "0.9";
  EXPECT_EQ(error_of(ask(by, other, probe)), "InvalidParameterException");
  other.erase("FaceModelVersion");
  EXPECT_EQ(error_of(ask(by, other, probe)), "InvalidParameterException");
}

TEST_F(zeromq_test, a_query_that_can_not_be_answered_says_why) {
  const auto key = make_key("search", "people");
  auto by = asker(key);
  const auto photo = text_of(picture("anna_2.jpg"));
  const object search{{"Operation", "SearchFacesByImage"}, {"CollectionId", "people"}};
  const auto with = [&](const char* member, const boost::json::value& value) {
    auto changed = search;
    changed[member] = value;
    return changed;
  };
  EXPECT_EQ(error_of(ask(by, with("CollectionId", "others"), photo)), "AccessDeniedException");
  EXPECT_EQ(error_of(ask(by, with("MaxFaces", 0), photo)), "ValidationException");
  EXPECT_EQ(error_of(ask(by, with("Operation", "Guess"), photo)), "ValidationException");
  EXPECT_EQ(error_of(ask(by, search, "no picture")), "InvalidImageFormatException");
  EXPECT_EQ(error_of(ask(by, search, std::string(6'000'000, 'x'))), "ImageTooLargeException");
  EXPECT_EQ(error_of(ask(by, search, text_of(picture("blank.png")))), "InvalidParameterException");
  EXPECT_EQ(error_of(ask(by, with("Operation", "SearchFacesByCrop"), photo)), "InvalidParameterException");
  ASSERT_TRUE(by.send({"{\"Version\":1,"}));
  EXPECT_EQ(error_of(by.receive()), "SerializationException");
  ASSERT_TRUE(by.send({R"({"Version":2,"Operation":"ListEvents"})"}));
  EXPECT_EQ(error_of(by.receive()), "ValidationException");
  ASSERT_TRUE(by.send({boost::json::serialize(with("Version", 1))}));
  EXPECT_EQ(error_of(by.receive()), "InvalidParameterException"); // no picture
  const auto answered = ask(by, search, photo);
  EXPECT_EQ(found_in(answered).at("FaceMatches").as_array().size(), 1U) << shown(answered);
}

TEST_F(zeromq_test, a_key_that_is_revoked_or_was_never_made_gets_nothing) {
  const auto key = make_key("search");
  auto by = asker(key);
  const object search{{"Operation", "SearchFacesByImage"}, {"CollectionId", "people"}};
  const auto photo = text_of(picture("anna_2.jpg"));
  EXPECT_EQ(error_of(ask(by, search, photo)), "");
  said({"keys", "revoke", std::string{key.at("access_key").as_string()}});
  EXPECT_EQ(error_of(ask(by, search, photo)), "UnrecognizedClientException");
  auto again = asker(key);
  again.socket().set(zmq::sockopt::rcvtimeo, 500);
  EXPECT_TRUE(ask(again, search, photo).empty()); // the door is shut
}

TEST_F(zeromq_test, pushed_pictures_are_watched_and_what_is_seen_is_published) {
  if (!std::filesystem::exists(fetched_dir() / "sdk/node_modules/zeromq"))
    GTEST_SKIP() << "zeromq for Node.js is not under " << fetched_dir() / "sdk"
                 << ": run ./dev setup test";
  const auto listener = make_key("search", "people");
  const auto pusher = make_key("write", "people");
  const auto foreign = make_key("write", "others");
  said({"cameras", "add", "gate", "zmq://gate", "--collection", "people"});
  said({"cameras", "start", "gate"});

  std::ofstream(scratch_.path() / "listen.mjs") << example("js", 0);
  std::filesystem::create_directory_symlink(std::filesystem::absolute(fetched_dir() / "sdk/node_modules"),
                                            scratch_.path() / "node_modules");
  auto listening = process::start({"node", {scratch_.path() / "listen.mjs"}, environment_of(listener)});
  ASSERT_TRUE(listening) << why(listening);
  const auto push = [&](const object& by, int times) {
    std::vector<std::string> words{"-c", example("python", 1)};
    words.insert(words.end(), static_cast<std::size_t>(times), picture("anna_2.jpg"));
    const auto done = run({"/usr/bin/python3", words, environment_of(by)}, soon());
    EXPECT_TRUE(done && done->exit.exit_code == 0) << (done ? done->err : why(done));
  };
  ASSERT_TRUE(comes_true([&] {
    return said({"cameras", "status", "gate"}).find("RUNNING") != std::string::npos
           || said({"cameras", "status", "gate"}).find("STARTING") != std::string::npos;
  }));
  push(foreign, 3);
  core::result<std::string> recognised = core::fail(core::error_code::not_found, "");
  for (int round = 0; round < 10 && !recognised; ++round) {
    push(pusher, 15);
    recognised = (*listening)
                     ->wait_for_line(stream::out, "collection/people/gate/Recognised ",
                                     core::deadline::in(std::chrono::seconds{1}));
  }
  ASSERT_TRUE(recognised) << (*listening)->output(stream::out) << (*listening)->output(stream::err);
  const auto event = body_of({200, {}, recognised->substr(recognised->find('{'))});
  EXPECT_EQ(event.at("Candidates").as_array().at(0).at("ExternalImageId"), "anna");
  for (const auto* of_reference : {"BoundingBox", "ImageId", "Confidence"})
    EXPECT_TRUE(event.at("Candidates").as_array().at(0).as_object().contains(of_reference)) << of_reference;
  EXPECT_TRUE(event.contains("Previous"));
  EXPECT_EQ(event.at("Claim").to_number<int>(), 1);

  // What was published can be asked for, and is the same.
  auto by = asker(listener);
  const auto reply = ask(by, {{"Operation", "ListEvents"}, {"Camera", "gate"}}, "");
  EXPECT_EQ(error_of(reply), "") << shown(reply);
  const auto events = found_in(reply).at("Events").as_array();
  const auto is_it = [&](const boost::json::value& one) { return one.at("EventId") == event.at("EventId"); };
  EXPECT_EQ(std::ranges::count_if(events, is_it), 1);
  // Those of the foreign key were not looked at: the camera came up with the rightful ones.
  const auto log = node().child().output(stream::err);
  EXPECT_NE(log.find("not of the key's collections"), std::string::npos);
}

// The first event that a subscriber gets names the one before it, though that happened when nobody was there.
TEST_F(zeromq_test, what_happened_while_no_front_ran_is_seen_to_be_missing) {
  said({"cameras", "add", "gate", "zmq://gate", "--collection", "people"});
  const auto rest = [&] {
    said({"cameras", "stop", "gate"});
    EXPECT_TRUE(comes_true([&] { return said({"cameras", "status", "gate"}).find("STOPPED") != std::string::npos; }));
  };
  said({"cameras", "start", "gate"});
  EXPECT_TRUE(comes_true([&] { return !said({"events", "replay", "--json"}).empty(); }));
  rest();
  node().crash();
  restart_node();
  const auto key = make_key("search");
  zmq_client subscriber{zmq::socket_type::sub, at(key, "events"), keys_of(key)};
  subscriber.socket().set(zmq::sockopt::subscribe, "camera/");
  subscriber.socket().set(zmq::sockopt::rcvtimeo, 2'000);
  std::vector<std::string> got;
  for (int round = 0; round < 10 && got.empty(); ++round) { // a subscription takes its time to come
    said({"cameras", "start", "gate"});
    got = subscriber.receive();
    rest();
  }
  ASSERT_EQ(got.size(), 2U);
  const auto event = body_of({200, {}, got[1]});
  std::uint64_t before = 0;
  std::istringstream all(said({"events", "replay", "--json"}));
  for (std::string line; std::getline(all, line);)
    if (const auto seq = body_of({200, {}, line}).at("Seq").to_number<std::uint64_t>();
        seq < event.at("Seq").to_number<std::uint64_t>())
      before = seq;
  ASSERT_GT(before, 0U);
  ASSERT_TRUE(event.contains("Previous")) << got[1];
  EXPECT_EQ(event.at("Previous").to_number<std::uint64_t>(), before);
}

/// A node whose webhook is taken by a server that never answers.
class deaf_outlets_test : public zeromq_test {
protected:
  deaf_outlets_test() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listening_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listening_, 16), 0); // connections are made, and nobody takes them
    EXPECT_EQ(::getsockname(listening_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    more_settings_ = {"webhook.url=http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/",
                      "webhook.secret_file=" + (scratch_.path() / "secret").string(), "webhook.timeout=10m"};
    std::ofstream(scratch_.path() / "secret") << "0123456789abcdef";
  }
  ~deaf_outlets_test() override { ::close(listening_); }

  int listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

// Nobody who hangs costs anybody else an event, the node memory, or its end time.
TEST_F(deaf_outlets_test, a_subscriber_that_never_reads_and_a_webhook_that_hangs_harm_nobody_else) {
  const auto clip = scratch_.path() / "passing.avi";
  // She is away for longer than a track waits: each round is a track of its own.
  const auto written = write_clip(clip, {{picture("anna_2.jpg"), 0.6, 0.3, 1.3, 0.4, 0.6, 0.5}}, {.seconds = 3.5});
  ASSERT_TRUE(written) << why(written);
  const auto key = make_key("search");
  zmq_client deaf{zmq::socket_type::sub, at(key, "events"), keys_of(key)};
  deaf.socket().set(zmq::sockopt::rcvhwm, 1);
  deaf.socket().set(zmq::sockopt::subscribe, "camera/");
  zmq_client reader{zmq::socket_type::sub, at(key, "events"), keys_of(key)};
  reader.socket().set(zmq::sockopt::subscribe, "camera/");
  constexpr int cameras = 4;
  for (int i = 0; i < cameras; ++i) {
    const auto name = "camera-" + std::to_string(i);
    said({"cameras", "add", name, "file://" + clip.string() + "?repeat", "--collection", "people"});
    said({"cameras", "start", name});
  }
  ASSERT_FALSE(reader.receive().empty());
  const auto before = node().child().resident_bytes().value_or(0);
  std::map<std::string, std::uint64_t> last;
  for (int events = 0; events < 60; ++events) {
    const auto got = reader.receive();
    ASSERT_EQ(got.size(), 2U);
    const auto event = body_of({200, {}, got[1]});
    auto& known = last[std::string{event.at("Camera").as_string()}];
    if (known != 0) {
      EXPECT_EQ(event.at("Previous").to_number<std::uint64_t>(), known) << got[1];
    }
    known = event.at("Seq").to_number<std::uint64_t>();
  }
  EXPECT_EQ(last.size(), cameras);
  EXPECT_LT(node().child().peak_resident_bytes().value_or(0), before + 60'000'000 * cameras);
  stop_node();
}

TEST_F(zeromq_test, subscriptions_end_where_the_key_does) {
  const auto limited = make_key("search", "others");
  zmq_client greedy{zmq::socket_type::sub, at(limited, "events"), keys_of(limited)};
  for (const auto* topic : {"", "camera/", "collection/", "collection/people/", "collection/others"})
    greedy.socket().set(zmq::sockopt::subscribe, std::string{topic});
  const auto all = make_key("search");
  zmq_client rightful{zmq::socket_type::sub, at(all, "events"), keys_of(all)};
  rightful.socket().set(zmq::sockopt::subscribe, "camera/");
  said({"cameras", "add", "gate", "zmq://gate", "--collection", "people"});
  rightful.socket().set(zmq::sockopt::rcvtimeo, 2'000);
  std::vector<std::string> got;
  for (int round = 0; round < 10 && got.empty(); ++round) { // a subscription takes its time to come
    said({"cameras", "start", "gate"});
    got = rightful.receive();
    said({"cameras", "stop", "gate"});
    EXPECT_TRUE(comes_true([&] { return said({"cameras", "status", "gate"}).find("STOPPED") != std::string::npos; }));
  }
  ASSERT_EQ(got.size(), 2U);
  EXPECT_TRUE(got[0].starts_with("camera/gate/")) << got[0];
  greedy.socket().set(zmq::sockopt::rcvtimeo, 500);
  EXPECT_TRUE(greedy.receive().empty());
  EXPECT_NE(node().child().output(stream::err).find("a subscription was refused"), std::string::npos);
}

} // namespace
} // namespace rollcall::test
