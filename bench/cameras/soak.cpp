// bench_soak: looped cameras on a cluster of three nodes for a long time. Is its memory flat, is every event there
// once, how many frames are dropped, what does it cost. Ends with 1 where an event is missing or told twice, or memory
// grows.

#include "bench/chaos/cluster_processes.hpp"
#include "bench/figures.hpp"
#include "bench/report.hpp"
#include "core/uuid.hpp"
#include "tests/support/exported_metric.hpp"
#include "tests/support/made_clip.hpp"
#include "tests/support/pictures.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <fstream>
#include <iostream>
#include <set>
#include <sstream>
#include <thread>
#include <unistd.h>

namespace {

using namespace rollcall;
namespace json = boost::json;

struct arguments {
  std::string out = "build/bench/soak.json";
  double minutes = 30;
  int cameras = 8;
};

constexpr std::chrono::seconds between_samples{10};
constexpr const char* nodes[] = {"a", "b", "c"};

void must(const core::status& done) {
  if (!done)
    throw std::runtime_error(done.failure().message);
}

/// What a node takes.
struct sample {
  double at_h = 0;
  double resident_mb = 0;
};

double resident_mb(pid_t pid) {
  std::ifstream statm("/proc/" + std::to_string(pid) + "/statm");
  double size = 0;
  double pages = 0;
  statm >> size >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1e6;
}

/// MB an hour, by least squares over the later two thirds: caches fill in the first.
double slope_of(const std::vector<sample>& all) {
  const auto from = all.size() / 3;
  double n = 0;
  double t = 0;
  double m = 0;
  double tt = 0;
  double tm = 0;
  for (auto i = from; i < all.size(); ++i) {
    n += 1;
    t += all[i].at_h;
    m += all[i].resident_mb;
    tt += all[i].at_h * all[i].at_h;
    tm += all[i].at_h * all[i].resident_mb;
  }
  const auto spread = n * tt - t * t;
  return spread > 0 ? (n * tm - t * m) / spread : 0;
}

double metric(std::uint16_t management, const std::string& name) {
  const auto sum = test::exported_metric(management, name, core::deadline::in(std::chrono::seconds{10}));
  return sum ? *sum : 0;
}

/// Two people who come and go: eight seconds, over and over.
std::string make_clip(const std::filesystem::path& in) {
  must(test::write_pictures(in));
  test::clip_shape shape;
  shape.seconds = 8;
  const auto clip = in / "passing.avi";
  must(test::write_clip(
      clip, {{in / "anna_2.jpg", 0.6, 0.5, 4, 0.1, 0.5, 0.5}, {in / "bella.jpg", 0.6, 2, 6, 0.9, 0.6, 0.5}}, shape));
  return "file://" + clip.string() + "?repeat";
}

void start(bench::cluster_processes& cluster, const std::filesystem::path& scratch, int cameras) {
  for (const auto* name : nodes)
    cluster.start(name, "front,embedder,shard,ingest,controller");
  const auto input = make_clip(scratch);
  static_cast<void>(cluster.operate({"collections", "create", "people"}));
  static_cast<void>(cluster.operate({"index", scratch / "anna_1.jpg", "--collection", "people", "--id", "anna"}));
  cluster.wait_until_settled();
  for (int i = 0; i < cameras; ++i) {
    const auto name = "camera-" + std::to_string(i);
    static_cast<void>(cluster.operate({"cameras", "add", name, input, "--collection", "people"}));
    static_cast<void>(cluster.operate({"cameras", "start", name}));
  }
}

/// Events that are not there though later ones of the same claim of a camera are. An event's id is named by the camera,
/// the claim, and its place among what the claim told (actors/ingest/camera_watch.cpp).
std::size_t count_holes(const bench::cluster_processes& cluster) {
  std::istringstream rows(cluster.query(
      "SELECT string_agg(encode(key, 'hex')::uuid || ' ' || epoch || ' ' || (SELECT string_agg(encode(id, "
      "'hex')::uuid::text, ',') FROM events WHERE processor = key), E'\n') FROM stream_processors"));
  std::size_t holes = 0;
  std::string key;
  std::uint64_t epochs = 0;
  for (std::string list; rows >> key >> epochs >> list;) {
    std::set<std::string> ids;
    std::istringstream each(list);
    for (std::string id; std::getline(each, id, ',');)
      ids.insert(id);
    std::size_t met = 0;
    for (std::uint64_t epoch = 1; epoch <= epochs; ++epoch)
      for (std::uint64_t n = 1;; ++n, ++met) {
        const auto name = std::to_string(epoch) + "/" + std::to_string(n);
        if (!ids.contains(to_string(core::named_uuid(*core::parse_uuid(key), core::bytes(name.begin(), name.end())))))
          break;
      }
    holes += ids.size() - met; // at least one before these
  }
  return holes;
}

struct outcome {
  std::map<std::string, std::vector<sample>> memory;
  double cpu_s = 0;
  double seconds = 0;
  double dropped = 0;
  double analysed = 0;
  double lost = 0;
  std::size_t after_holes = 0; ///< events
  std::string events, numbers, ids, open_tracks, recognised;
};

outcome run(const arguments& given) {
  bench::cluster_processes cluster({"log.level=warning", "vision.workers=1"});
  const test::temp_dir scratch;
  start(cluster, scratch.path(), given.cameras);
  outcome made;
  const auto began = std::chrono::steady_clock::now();
  const auto seconds = [&] { return bench::milliseconds_since(began) / 1e3; };
  double cpu_before = 0;
  for (const auto* name : nodes)
    cpu_before += bench::processor_seconds(cluster.pid(name));
  while (seconds() < 60 * given.minutes) {
    std::this_thread::sleep_for(between_samples);
    for (const auto* name : nodes)
      made.memory[name].push_back({seconds() / 3'600, resident_mb(cluster.pid(name))});
  }
  made.seconds = seconds();
  for (const auto* name : nodes) {
    made.cpu_s += bench::processor_seconds(cluster.pid(name));
    const auto port = cluster.management_port(name);
    made.dropped += metric(port, "rollcall_camera_frames_dropped_total");
    made.analysed += metric(port, "rollcall_camera_frames_analysed_total");
    made.lost += metric(port, "rollcall_events_lost_total");
  }
  made.cpu_s -= cpu_before;
  for (int i = 0; i < given.cameras; ++i)
    static_cast<void>(cluster.operate({"cameras", "stop", "camera-" + std::to_string(i)}));
  for (int tries = 0; tries < 300 && cluster.query("SELECT count(*) FROM stream_processors WHERE node <> ''") != "0";
       ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  made.events = cluster.query("SELECT count(*) FROM events");
  made.numbers = cluster.query("SELECT coalesce(max(seq), 0) FROM events");
  made.ids = cluster.query("SELECT count(DISTINCT id) FROM events");
  made.after_holes = count_holes(cluster);
  made.recognised = cluster.query("SELECT count(*) FROM events WHERE kind = 'Recognised'");
  // A track that began has ended: its end would be missing where an event was lost.
  made.open_tracks = cluster.query("SELECT count(*) FILTER (WHERE kind = 'TrackBegan') - count(*) FILTER (WHERE kind = "
                                   "'TrackEnded') FROM events");
  for (const auto* name : nodes)
    cluster.stop(name);
  return made;
}

bool report_on(const outcome& made, const arguments& given) {
  auto report = bench::start_report("soak");
  double steepest = 0;
  for (const auto& [name, samples] : made.memory) {
    const auto slope = slope_of(samples);
    steepest = std::max(steepest, slope);
    std::printf("node %s: %.0f MB at the end, %+.1f MB an hour\n", name.c_str(), samples.back().resident_mb, slope);
    report["mb_per_hour_" + name] = slope;
  }
  const auto cores = made.cpu_s / made.seconds;
  std::printf(
      "%d cameras for %.0f min: %.0f frames analysed, %.0f dropped; %.2f processors for the three nodes\n"
      "%s events (%s numbers, %s ids, %s recognised), %.0f lost, %zu behind one that is missing, %s tracks without an "
      "end\n",
      given.cameras, made.seconds / 60, made.analysed, made.dropped, cores, made.events.c_str(), made.numbers.c_str(),
      made.ids.c_str(), made.recognised.c_str(), made.lost, made.after_holes, made.open_tracks.c_str());
  report["minutes"] = made.seconds / 60;
  report["cameras"] = given.cameras;
  report["frames_analysed"] = made.analysed;
  report["frames_dropped"] = made.dropped;
  report["processors"] = cores;
  report["events"] = made.events;
  report["events_lost"] = made.lost;
  report["events_after_holes"] = made.after_holes;
  report["tracks_without_end"] = made.open_tracks;
  const auto written = bench::write_report(report, given.out);
  const bool is_whole = made.events == made.numbers && made.events == made.ids && made.lost == 0
                        && made.after_holes == 0 && made.open_tracks == "0" && made.events != "0";
  constexpr double most_mb_per_hour = 30; // a tenth of a node's memory in an hour
  return written && is_whole && (given.minutes < 20 || steepest < most_mb_per_hour);
}

} // namespace

int main(int count, char** words) {
  arguments given;
  CLI::App app{"Looped cameras on three nodes, for a long time"};
  app.add_option("--out", given.out, "JSON report")->capture_default_str();
  app.add_option("--minutes", given.minutes, "How long")->check(CLI::Range(0.2, 100'000.0))->capture_default_str();
  app.add_option("--cameras", given.cameras, "How many")->check(CLI::Range(1, 1'000))->capture_default_str();
  CLI11_PARSE(app, count, words);
  try {
    const auto made = run(given);
    if (report_on(made, given))
      return 0;
    std::puts("FAILED: an event is missing or was told twice, or memory grows");
  } catch (const std::exception& failed) {
    std::cerr << "bench_soak: " << failed.what() << '\n';
  }
  return 1;
}
