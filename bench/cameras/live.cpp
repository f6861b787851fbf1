// bench_live: what a node does with cameras, on one core and on two (`rows`; the other figures are those of the last).
// In this process, a thread a core: frames a second that are analysed and tracked, by faces in view. A real node and
// looped clips: how many cameras it runs without dropping a frame, what memory a camera takes, and from the capture of
// a frame to its event. Clips are photographs that move over a wall (tests/support/made_clip.hpp), 1280×720. Given
// portraits and clips, what bench_track says, in short: the least share of embeddings saved in the clips, the median of
// identity switches in a made video, the least mostly tracked.

#include "bench/cameras/live_node.hpp"
#include "bench/cameras/zmq_latency.hpp"
#include "bench/face_set.hpp"
#include "bench/figures.hpp"
#include "bench/report.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/pictures.hpp"
#include "vision/capture/video_source.hpp"
#include "vision/face_analyzer.hpp"
#include "vision/track/tracker.hpp"

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

/// Analysed frames a second, on as many threads as cores.
core::status measure_rates(const std::filesystem::path& scratch, int cores, json::object& row) {
  bench::pipeline_options options;
  options.threads = static_cast<std::size_t>(cores);
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(options));
  for (const int faces : {1, 5, 20}) {
    ROLLCALL_TRY(const auto clip, make_clip(scratch, faces));
    std::vector<core::result<rate>> measured(options.threads, core::error{});
    pipeline->for_each(options.threads,
                       [&](std::size_t at, vision::face_analyzer& with) { measured[at] = measure_rate(with, clip); });
    rate all;
    for (auto& one : measured) {
      ROLLCALL_TRY(const auto told, std::move(one));
      all = {all.frames_per_s + told.frames_per_s, told.faces_a_frame};
    }
    std::printf("%2d faces (%.1f found): %.1f frames a second\n", faces, all.faces_a_frame, all.frames_per_s);
    row["frames_per_s_" + std::to_string(faces) + (faces == 1 ? "_face" : "_faces")] = all.frames_per_s;
  }
  return core::nothing{};
}

core::status measure_node(const arguments& given, const std::filesystem::path& scratch, int cores, json::object& row) {
  ROLLCALL_TRY(const auto clip, make_clip(scratch, 1));
  {
    ROLLCALL_TRY(const auto node, bench::live_node::start(scratch, cores));
    ROLLCALL_TRY(const auto told, node->measure_cameras(clip, given.most_cameras, given.seconds));
    std::printf("%d cameras of 5 frames a second without a dropped frame, %.1f MB each\n", told.cameras,
                told.mb_per_camera);
    row["cameras_sustained"] = told.cameras;
    row["mb_per_camera"] = told.mb_per_camera;
  }
  ROLLCALL_TRY(const auto node, bench::live_node::start(scratch, cores));
  ROLLCALL_TRY(const auto passing, make_passing(scratch));
  for (const auto* name : {"a", "b", "c"})
    ROLLCALL_CHECK(node->start_camera(name, passing + "?repeat"));
  ROLLCALL_TRY(const auto ms, node->latencies(4 * given.seconds));
  if (ms.empty())
    return core::fail(core::error_code::internal, "no event came");
  std::printf("from a frame until a subscriber has its event: p50 %.1f ms, p99 %.1f ms (%zu events)\n",
              bench::quantile(ms, 0.5), bench::quantile(ms, 0.99), ms.size());
  row["event_latency_p50_ms"] = bench::quantile(ms, 0.5);
  row["event_latency_p99_ms"] = bench::quantile(ms, 0.99);
  return core::nothing{};
}

core::status run(const arguments& given) {
  test::temp_dir scratch;
  ROLLCALL_CHECK(test::write_pictures(scratch.path()));
  auto report = bench::start_report("live");
  ROLLCALL_CHECK(measure_tracking(given, scratch.path(), report));
  ROLLCALL_CHECK(measure_queries(report));
  json::array rows;
  const int most = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, 2);
  for (int cores = 1; cores <= most; ++cores) {
    std::printf("on %d of the machine's cores:\n", cores);
    json::object row{{"cores", cores}};
    ROLLCALL_CHECK(measure_rates(scratch.path(), cores, row));
    ROLLCALL_CHECK(measure_node(given, scratch.path(), cores, row));
    for (const auto& [name, figure] : row)
      report[name] = figure;
    rows.push_back(std::move(row));
  }
  report["rows"] = std::move(rows);
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
