// bench_live: what a node does with cameras. Part one, in this process and on one thread: frames a second that are
// analysed and tracked, by faces in view. Part two, a real node and looped clips: how many cameras it runs without
// dropping a frame, what memory a camera takes, and from the capture of a frame to its event. Clips are photographs
// that move over a wall (tests/support/made_clip.hpp), 1280×720. Given portraits and clips, part three is
// bench_track's, in short: the least share of embeddings saved in the clips, the median of identity switches in a made
// video, the least mostly tracked.

#include "bench/face_set.hpp"
#include "bench/figures.hpp"
#include "bench/report.hpp"
#include "bench/zmq_latency.hpp"
#include "tests/support/http.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/pictures.hpp"
#include "tests/support/rollcalld_process.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/face_analyzer.hpp"
#include "vision/track/tracker.hpp"
#include "wire/base64.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <sstream>
#include <thread>

namespace {

using namespace rollcall;
using namespace std::chrono_literals;
namespace json = boost::json;

struct arguments {
  std::string out = "build/bench/live.json";
  int most_cameras = 32;
  int seconds = 15; ///< of each number of cameras
  std::string lfw;
  std::vector<std::string> videos;
};

core::deadline soon() {
  return core::deadline::in(60s);
}

// -- clips

/// `count` people who walk to and fro, all in view all the time.
std::vector<test::walker> crowd(const std::filesystem::path& pictures, int count, double seconds) {
  static constexpr const char* people[] = {"anna_1.jpg", "bella.jpg", "cora.jpg", "anna_2.jpg"};
  const int columns = count <= 1 ? 1 : count <= 5 ? count : 5;
  const int rows = (count + columns - 1) / columns;
  std::vector<test::walker> made;
  for (int at = 0; at < count; ++at) {
    const double x = (at % columns + 0.5) / columns;
    const double y = (at / columns + 0.5) / rows;
    made.push_back({pictures / people[at % 4], 0.8 / rows, 0, seconds, x - 0.02, x + 0.02, y});
  }
  return made;
}

core::result<std::string> make_clip(const std::filesystem::path& in, int faces) {
  test::clip_shape shape;
  shape.frames_per_s = 5;
  shape.seconds = 20;
  const auto file = in / ("faces_" + std::to_string(faces) + ".avi");
  ROLLCALL_CHECK(test::write_clip(file, crowd(in, faces, shape.seconds), shape));
  return "file://" + file.string();
}

/// Somebody who comes into view every six seconds, in other frames each time as the stream is not read in step with it.
core::result<std::string> make_passing(const std::filesystem::path& in) {
  test::clip_shape shape;
  shape.seconds = 6;
  const auto file = in / "passing.avi";
  ROLLCALL_CHECK(test::write_clip(file, {{in / "anna_2.jpg", 0.6, 0.5, 2.5, 0.4, 0.6, 0.5}}, shape));
  return "file://" + file.string();
}

// -- one thread

struct rate {
  double frames_per_s = 0;
  double faces_a_frame = 0;
};

core::result<rate> measure_rate(vision::face_analyzer& with, const std::string& clip) {
  ROLLCALL_TRY(auto from, vision::video_source::open(clip));
  vision::tracker tracking{{}};
  vision::analyze_options options;
  options.filter = vision::quality_filter::automatic;
  options.keep_aligned = true;
  std::size_t frames = 0;
  std::size_t faces = 0;
  const auto start = std::chrono::steady_clock::now();
  for (;;) {
    ROLLCALL_TRY(const auto frame, from->read());
    if (!frame)
      break;
    ROLLCALL_TRY(const auto found, with.analyze(frame->image, options));
    const auto step = tracking.update(frame->position, found.faces);
    for (const auto& shot : step.shots) {
      ROLLCALL_TRY(const auto embedding, with.embed(shot.shows.aligned));
      static_cast<void>(tracking.learn(shot.track, embedding, shot.shows.quality));
    }
    ++frames;
    faces += found.faces.size();
  }
  const double seconds = bench::milliseconds_since(start) / 1'000;
  return rate{static_cast<double>(frames) / seconds, static_cast<double>(faces) / static_cast<double>(frames)};
}

// -- a node

class live_node {
public:
  explicit live_node(std::unique_ptr<test::rollcalld_process> running) : running_(std::move(running)) {}

  core::result<json::object> ask(std::string_view operation, const json::object& input) {
    ROLLCALL_TRY(const auto reply, test::call(running_->http_port(), operation, json::serialize(input), soon()));
    if (reply.status != 200)
      return core::fail(core::error_code::internal, std::string(operation) + ": " + reply.body);
    return json::parse(reply.body).as_object();
  }
  core::result<std::string> get(std::uint16_t port, const std::string& path) {
    ROLLCALL_TRY(auto connection, test::http_connection::open(port, soon()));
    ROLLCALL_CHECK(connection.send(
        "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "X-Amz-Target: RollcallAdmin.v1\r\n\r\n", soon()));
    ROLLCALL_TRY(const auto reply, connection.read_reply(soon()));
    return reply.body;
  }
  /// A counter or gauge, 0 where there is none.
  core::result<double> metric(const std::string& name) {
    ROLLCALL_TRY(const auto text, get(running_->management_port(), "/metrics"));
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(name + " "))
        return std::stod(line.substr(name.size() + 1));
    return 0.0;
  }
  core::result<json::array> events() {
    json::array all;
    for (std::uint64_t after = 0;;) {
      ROLLCALL_TRY(const auto text,
                   get(running_->http_port(), "/admin/v1/events?limit=1000&after=" + std::to_string(after)));
      const auto page = json::parse(text).as_object();
      for (const auto& one : page.at("events").as_array())
        all.push_back(one);
      if (all.empty() || page.at("events").as_array().empty())
        return all;
      after = all.back().at("Seq").to_number<std::uint64_t>();
    }
  }
  double resident_mb() {
    std::ifstream status("/proc/" + std::to_string(running_->child().pid()) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("VmRSS:"))
        return std::stod(line.substr(6)) / 1024;
    return 0;
  }
  core::status start_camera(const std::string& name, const std::string& input) {
    ROLLCALL_CHECK(
        ask("CreateStreamProcessor",
            {{"Name", name},
             {"Input", {{"KinesisVideoStream", {{"Arn", input}}}}},
             {"Output", {{"KinesisDataStream", {{"Arn", "arn:aws:kinesis:us-east-1:000000000000:stream/out"}}}}},
             {"RoleArn", "arn:aws:iam::000000000000:role/camera"},
             {"Settings", {{"FaceSearch", {{"CollectionId", "people"}, {"FaceMatchThreshold", 85}}}}}}));
    ROLLCALL_CHECK(ask("StartStreamProcessor", {{"Name", name}}));
    return core::nothing{};
  }

private:
  std::unique_ptr<test::rollcalld_process> running_;
};

core::result<std::unique_ptr<live_node>> start_node(const std::filesystem::path& pictures) {
  test::node_options options;
  options.settings = {"cameras.most=1000", "log.level=error"};
  ROLLCALL_TRY(auto running, test::rollcalld_process::start(options));
  auto node = std::make_unique<live_node>(std::move(running));
  ROLLCALL_CHECK(node->ask("CreateCollection", {{"CollectionId", "people"}}));
  const auto photo = wire::encode_base64(test::bytes_of(pictures / "anna_1.jpg"));
  ROLLCALL_CHECK(node->ask("IndexFaces",
                           {{"CollectionId", "people"}, {"Image", {{"Bytes", photo}}}, {"ExternalImageId", "anna"}}));
  return node;
}

struct sustained {
  int cameras = 0;
  double mb_per_camera = 0;
};

/// Adds cameras, a few at a time, until some frame is dropped.
core::result<sustained> measure_cameras(live_node& node, const std::string& clip, const arguments& given) {
  sustained made;
  const double before = node.resident_mb();
  for (int running = 0; running < given.most_cameras;) {
    const int step = running < 8 ? 2 : 4;
    for (int more = 0; more < step; ++more)
      ROLLCALL_CHECK(node.start_camera("camera" + std::to_string(++running), clip + "?repeat"));
    std::this_thread::sleep_for(5s); // they are claimed and opened
    ROLLCALL_TRY(const auto dropped, node.metric("rollcall_camera_frames_dropped_total"));
    ROLLCALL_TRY(const auto analysed, node.metric("rollcall_camera_frames_analysed_total"));
    std::this_thread::sleep_for(std::chrono::seconds{given.seconds});
    ROLLCALL_TRY(const auto dropped_after, node.metric("rollcall_camera_frames_dropped_total"));
    ROLLCALL_TRY(const auto analysed_after, node.metric("rollcall_camera_frames_analysed_total"));
    std::printf("  %2d cameras: %.1f frames a second analysed, %.1f dropped, %.0f MB\n", running,
                (analysed_after - analysed) / given.seconds, (dropped_after - dropped) / given.seconds,
                node.resident_mb());
    if (dropped_after > dropped)
      break;
    made = {running, (node.resident_mb() - before) / running};
  }
  return made;
}

/// Of "2026-11-29T09:30:00.250Z", since the beginning of its month.
double milliseconds_of(const json::value& text) {
  int day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  std::sscanf(text.as_string().c_str(), "%*d-%*d-%dT%d:%d:%lfZ", &day, &hour, &minute, &second);
  return 1'000 * (((day * 24.0 + hour) * 60 + minute) * 60 + second);
}

/// From the capture of a frame to the decision, milliseconds: of tracks that began and persons who were recognised.
core::result<std::vector<double>> measure_latency(live_node& node) {
  std::vector<double> ms;
  ROLLCALL_TRY(const auto all, node.events());
  for (const auto& one : all)
    if (one.at("Kind") == "TrackBegan" || one.at("Kind") == "Recognised")
      ms.push_back(milliseconds_of(one.at("DecidedAt")) - milliseconds_of(one.at("CapturedAt")));
  return ms;
}

core::status measure_queries(json::object& report) {
  ROLLCALL_TRY(const auto told, bench::measure_zmq(10'000, 2'000));
  std::printf("a search by embedding over ZeroMQ, 10,000 faces: p50 %.2f ms, p99 %.2f ms; %.2f ms beyond the search\n",
              told.whole_p50_ms, told.whole_p99_ms, told.added_p50_ms);
  report["zmq_query_p50_ms"] = told.whole_p50_ms;
  report["zmq_query_p99_ms"] = told.whole_p99_ms;
  report["zmq_query_added_p50_ms"] = told.added_p50_ms;
  return core::nothing{};
}

/// Of each row's figure of that name.
std::vector<double> figures(const json::value& rows, std::string_view name) {
  std::vector<double> all;
  for (const auto& row : rows.as_array())
    all.push_back(row.at(name).to_number<double>());
  return all;
}

core::result<json::value> follow(const arguments& given, const std::filesystem::path& scratch) {
  const auto out = scratch / "track.json";
  std::vector<std::string> words{"--out", out.string()};
  if (!given.lfw.empty())
    words.insert(words.end(), {"--lfw", given.lfw});
  for (const auto& video : given.videos)
    words.insert(words.end(), {"--video", video});
  ROLLCALL_TRY(const auto done, test::run({test::program("bench_track"), words}, core::deadline::in(30min)));
  if (done.exit.exit_code != 0)
    return core::fail(core::error_code::internal, "bench_track failed: " + done.err);
  std::ostringstream text;
  text << std::ifstream(out).rdbuf();
  return json::parse(text.str());
}

core::status measure_tracking(const arguments& given, const std::filesystem::path& scratch, json::object& report) {
  if (given.lfw.empty() && given.videos.empty()) {
    std::printf("no --lfw and no --video: nothing is said of tracking\n");
    return core::nothing{};
  }
  ROLLCALL_TRY(const auto told, follow(given, scratch));
  if (const auto saved = figures(told.at("clips"), "embeddings_saved"); !saved.empty())
    report["embeddings_saved"] = std::ranges::min(saved);
  if (const auto switches = figures(told.at("made"), "identity_switches"); !switches.empty()) {
    report["identity_switches"] = bench::quantile(switches, 0.5);
    report["mostly_tracked"] = std::ranges::min(figures(told.at("made"), "mostly_tracked"));
  }
  for (const auto* name : {"embeddings_saved", "identity_switches", "mostly_tracked"})
    if (report.contains(name))
      std::printf("%s: %.3f\n", name, report.at(name).to_number<double>());
  return core::nothing{};
}

core::status run(const arguments& given) {
  test::temp_dir scratch;
  ROLLCALL_CHECK(test::write_pictures(scratch.path()));
  auto report = bench::start_report("live");
  bench::pipeline_options options;
  options.threads = 1;
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(options));
  for (const int faces : {1, 5, 20}) {
    ROLLCALL_TRY(const auto clip, make_clip(scratch.path(), faces));
    core::result<rate> measured = core::error{};
    pipeline->for_each(1, [&](std::size_t, vision::face_analyzer& with) { measured = measure_rate(with, clip); });
    ROLLCALL_TRY(const auto told, std::move(measured));
    std::printf("%2d faces (%.1f found): %.1f frames a second on one thread\n", faces, told.faces_a_frame,
                told.frames_per_s);
    report["frames_per_s_" + std::to_string(faces) + (faces == 1 ? "_face" : "_faces")] = told.frames_per_s;
  }
  ROLLCALL_CHECK(measure_tracking(given, scratch.path(), report));
  ROLLCALL_CHECK(measure_queries(report));
  ROLLCALL_TRY(const auto clip, make_clip(scratch.path(), 1));
  {
    ROLLCALL_TRY(const auto node, start_node(scratch.path()));
    ROLLCALL_TRY(const auto told, measure_cameras(*node, clip, given));
    std::printf("%d cameras of 5 frames a second without a dropped frame, %.1f MB each\n", told.cameras,
                told.mb_per_camera);
    report["cameras_sustained"] = told.cameras;
    report["mb_per_camera"] = told.mb_per_camera;
  }
  ROLLCALL_TRY(const auto node, start_node(scratch.path()));
  ROLLCALL_TRY(const auto passing, make_passing(scratch.path()));
  ROLLCALL_CHECK(node->start_camera("alone", passing + "?repeat"));
  std::this_thread::sleep_for(std::chrono::seconds{4 * given.seconds});
  ROLLCALL_TRY(const auto ms, measure_latency(*node));
  if (ms.empty())
    return core::fail(core::error_code::internal, "no event came");
  std::printf("from a frame to its event: p50 %.1f ms, p99 %.1f ms (%zu events)\n", bench::quantile(ms, 0.5),
              bench::quantile(ms, 0.99), ms.size());
  report["event_latency_p50_ms"] = bench::quantile(ms, 0.5);
  report["event_latency_p99_ms"] = bench::quantile(ms, 0.99);
  return bench::write_report(report, given.out);
}

} // namespace

int main(int count, char** values) {
  arguments given;
  CLI::App app{"What a node does with cameras"};
  app.add_option("--out", given.out, "JSON report")->capture_default_str();
  app.add_option("--most", given.most_cameras, "Cameras at most")->capture_default_str();
  app.add_option("--seconds", given.seconds, "Of each measurement")->capture_default_str();
  app.add_option("--lfw", given.lfw, "Folder with a folder of portraits for each person, for tracking");
  app.add_option("--video", given.videos, "Clips, for tracking; may be given several times");
  CLI11_PARSE(app, count, values);
  if (const auto done = run(given); !done) {
    std::cerr << "bench_live: " << done.failure().message << ' ' << done.failure().context << '\n';
    return 1;
  }
  return 0;
}
