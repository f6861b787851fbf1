// bench_serve: requests per second and latency of a real node over HTTP, and where a request's time goes.
//
// A node is started for each runtime, 10,000 random references are imported, then closed-loop clients ask for
// SearchFacesByImage and DetectFaces with one 640×480 photograph of one face: the nodes take turns, `rounds` of them.
// Clients and node share the machine. Stage times are the node's own metrics, taken before and after each run.
// `runtime_ratio` is the median of the rounds' ratios. `overhead_share` is what the client sees
// beyond decoding, detection, landmarks and embedding, over these; at one connection, where nothing waits for a worker.

#include "bench/figures.hpp"
#include "bench/http_load.hpp"
#include "bench/one_face_picture.hpp"
#include "bench/report.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/random_references.hpp"
#include "tests/support/rollcalld_process.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <span>

namespace {

using namespace rollcall;
namespace json = boost::json;

constexpr std::string_view collection = "bench-serve";
constexpr std::size_t dimension = 512;
constexpr std::size_t faces_per_import = 2'000;

struct arguments {
  std::string out = "build/bench/serve.json";
  std::size_t faces = 10'000;
  int seconds = 5;
  int rounds = 5;
  bench::pipeline_options pipeline;
};

/// Seconds per stage since the node started.
using stage_seconds = std::map<std::string, double>;

struct measurement {
  std::string operation;
  std::size_t connections = 0;
  std::vector<double> per_second; ///< of each round
  bench::load_result load;        ///< of all
  stage_seconds per_request_ms;

  [[nodiscard]] double sum(std::initializer_list<const char*> stages) const {
    double total = 0;
    for (const auto* stage : stages)
      if (const auto found = per_request_ms.find(stage); found != per_request_ms.end())
        total += found->second;
    return total;
  }
  [[nodiscard]] double vision_ms() const { return sum({"decode", "detect", "landmark", "embed", "attributes"}); }
};

core::status enrol(const bench::server_address& node, std::size_t faces, const std::string& model_version) {
  const json::object create{{"CollectionId", collection}};
  ROLLCALL_CHECK(bench::call_once(node, {"POST", "/", "CreateCollection", json::serialize(create)}));
  testing::random_references random{20260101};
  for (std::size_t done = 0; done < faces;) {
    std::string lines;
    for (std::size_t i = 0; i < faces_per_import && done < faces; ++i, ++done)
      lines +=
          test::face_line(to_string(random.id()), to_string(random.id()), random.embedding(dimension), model_version);
    const auto path = "/admin/v1/collections/" + std::string{collection} + "/faces";
    ROLLCALL_CHECK(bench::call_once(node, {"POST", path, "", std::move(lines)}));
  }
  return core::nothing{};
}

/// The value of `label` in a Prometheus line, e.g. stage="embed".
std::string label_of(std::string_view line, std::string_view label) {
  const auto start = line.find(std::string{label} + "=\"");
  if (start == std::string_view::npos)
    return {};
  const auto from = start + label.size() + 2;
  return std::string{line.substr(from, line.find('"', from) - from)};
}

core::result<stage_seconds> read_stages(const bench::server_address& management, const std::string& operation) {
  ROLLCALL_TRY(const std::string text, bench::call_once(management, {"GET", "/metrics", "", ""}));
  stage_seconds stages;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("rollcall_stage_seconds_total{") && label_of(line, "operation") == operation)
      stages[label_of(line, "stage")] = std::stod(line.substr(line.rfind(' ') + 1));
  return stages;
}

/// A node with one of the runtimes, and what was measured of it.
struct measured_node {
  std::unique_ptr<test::rollcalld_process> process;
  bench::server_address http;
  bench::server_address management;
  std::vector<measurement> rows;
};

core::result<measured_node> start(const std::string& runtime, std::size_t faces, const std::string& version) {
  test::node_options options;
  options.settings = {"vision.runtime=" + runtime};
  ROLLCALL_TRY(auto process, test::rollcalld_process::start(options));
  measured_node made{nullptr, {"127.0.0.1", process->http_port()}, {"127.0.0.1", process->management_port()}, {}};
  made.process = std::move(process);
  ROLLCALL_CHECK(enrol(made.http, faces, version));
  return made;
}

/// One round, added to what `into` has.
core::status measure(const measured_node& node, const bench::http_call& call, std::chrono::milliseconds span,
                     measurement& into) {
  (void)bench::run_load(node.http, call, into.connections, span / 5); // warm-up
  ROLLCALL_TRY(const auto before, read_stages(node.management, call.operation));
  const auto load = bench::run_load(node.http, call, into.connections, span);
  ROLLCALL_TRY(const auto after, read_stages(node.management, call.operation));
  if (load.latencies.empty() || load.failures != 0)
    return core::fail(core::error_code::internal, std::to_string(load.failures) + " calls failed and "
                                                      + std::to_string(load.latencies.size()) + " succeeded");
  const auto calls_before = static_cast<double>(into.load.latencies.size());
  into.per_second.push_back(load.per_second());
  into.load.took += load.took;
  into.load.latencies.insert(into.load.latencies.end(), load.latencies.begin(), load.latencies.end());
  std::ranges::sort(into.load.latencies);
  const auto calls = static_cast<double>(into.load.latencies.size());
  for (const auto& [stage, total] : after) {
    const auto earlier = before.contains(stage) ? before.at(stage) : 0;
    auto& mean = into.per_request_ms[stage];
    mean = (mean * calls_before + (total - earlier) * 1e3) / calls;
  }
  return core::nothing{};
}

core::status measure_in_turns(const arguments& from, const std::string& picture, std::span<measured_node*> nodes) {
  const json::object search{{"CollectionId", collection}, {"Image", {{"Bytes", picture}}}};
  const json::object detect{{"Image", {{"Bytes", picture}}}};
  const auto span = std::chrono::milliseconds{std::chrono::seconds{from.seconds}} / from.rounds;
  for (const auto& [operation, body] : {std::pair{"SearchFacesByImage", search}, std::pair{"DetectFaces", detect}})
    for (const std::size_t connections : {1, 4, 16}) {
      const bench::http_call call{"POST", "/", operation, json::serialize(body)};
      for (auto* node : nodes)
        node->rows.push_back({operation, connections, {}, {}, {}});
      for (int round = 0; round < from.rounds; ++round)
        for (auto* node : nodes)
          ROLLCALL_CHECK(measure(*node, call, span, node->rows.back()));
    }
  return core::nothing{};
}

/// How many times as many requests the first row's node answers.
double median_ratio(const measurement& of, const measurement& to) {
  std::vector<double> ratios;
  for (std::size_t round = 0; round < of.per_second.size(); ++round)
    ratios.push_back(of.per_second[round] / to.per_second[round]);
  return bench::median(ratios);
}

void print_table(const std::string& runtime, const std::vector<measurement>& rows) {
  std::printf("\n%s\n%-20s %5s %8s %8s %8s | ms per request: %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s\n",
              runtime.c_str(), "operation", "conns", "req/s", "p50 ms", "p99 ms", "admit", "parse", "decode", "detect",
              "landm.", "embed", "wait", "store", "search", "encode");
  for (const auto& row : rows) {
    std::printf("%-20s %5zu %8.1f %8.2f %8.2f |                 ", row.operation.c_str(), row.connections,
                row.load.per_second(), row.load.quantile_ms(0.5), row.load.quantile_ms(0.99));
    for (const auto* stage :
         {"admission", "parse", "decode", "detect", "landmark", "embed", "vision_wait", "store", "search", "encode"})
      std::printf(" %7.3f", row.sum({stage}));
    std::printf("\n");
  }
}

json::array to_json(const std::vector<measurement>& rows) {
  json::array all;
  for (const auto& row : rows) {
    json::object stages;
    for (const auto& [stage, ms] : row.per_request_ms)
      stages[stage] = ms;
    all.push_back(json::object{{"operation", row.operation},
                               {"connections", row.connections},
                               {"requests", row.load.latencies.size()},
                               {"requests_per_s", row.load.per_second()},
                               {"p50_ms", row.load.quantile_ms(0.5)},
                               {"p99_ms", row.load.quantile_ms(0.99)},
                               {"stages_ms", std::move(stages)}});
  }
  return all;
}

core::status run(const arguments& from) {
  auto report = bench::start_report("serve");
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(from.pipeline));
  const auto* deps = std::getenv("ROLLCALL_DEPS");
  const std::filesystem::path photos = std::filesystem::path{deps != nullptr ? deps : "build/deps"} / "photos";
  ROLLCALL_TRY(const auto photo, bench::one_face_picture(photos, *pipeline));
  const auto picture = wire::encode_base64(photo);
  const auto version = pipeline->manifest().embedder.version;
  ROLLCALL_TRY(auto onnx, start("onnx", from.faces, version));
  ROLLCALL_TRY(auto opencv, start("opencv", from.faces, version));
  std::array<measured_node*, 2> nodes{&onnx, &opencv};
  ROLLCALL_CHECK(measure_in_turns(from, picture, nodes));
  print_table("ONNX Runtime", onnx.rows);
  print_table("OpenCV DNN", opencv.rows);
  const auto& search = onnx.rows.front();
  const double overhead = (search.load.mean_ms() - search.vision_ms()) / search.vision_ms();
  const double over_networks = search.sum({"detect", "landmark", "embed", "attributes"}) / search.sum({"networks"});
  const double ratio = median_ratio(search, opencv.rows.front());
  std::printf(
      "\noverhead_share %.3f   vision_over_networks %.3f   runtime_ratio %.2f   (%zu faces enrolled, picture %zu "
      "bytes)\n",
      overhead, over_networks, ratio, from.faces, photo.size());
  report["faces"] = from.faces;
  report["picture_bytes"] = photo.size();
  report["onnxruntime"] = to_json(onnx.rows);
  report["opencv"] = to_json(opencv.rows);
  report["overhead_share"] = overhead;
  report["vision_over_networks"] = over_networks;
  report["runtime_ratio"] = ratio;
  return bench::write_report(report, from.out);
}

} // namespace

int main(int argc, char** argv) {
  arguments from;
  CLI::App app{"requests per second and latency of a node"};
  app.add_option("--out", from.out, "where the figures go")->capture_default_str();
  app.add_option("--faces", from.faces, "references enrolled")->capture_default_str();
  app.add_option("--seconds", from.seconds, "length of one measurement")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  app.add_option("--rounds", from.rounds, "turns of the runtimes within it")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(from); !done) {
    std::cerr << "bench_serve: " << done.failure().message << "\n";
    return 1;
  }
  return 0;
}
