// bench_serve: requests per second and latency of a real node over HTTP, and where a request's time goes.
//
// A node is started for each runtime, 10,000 random references are imported, then closed-loop clients ask for
// SearchFacesByImage and DetectFaces with one 640×480 photograph of one face. Clients and node share the machine.
// Stage times are the node's own metrics, taken before and after each run. `overhead_share` is what the client sees
// beyond decoding, detection, landmarks and embedding, over these; at one connection, where nothing waits for a worker.

#include "bench/http_load.hpp"
#include "bench/one_face_picture.hpp"
#include "bench/report.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/random_references.hpp"
#include "tests/support/rollcalld_process.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>

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
  bench::pipeline_options pipeline;
};

/// Seconds per stage since the node started.
using stage_seconds = std::map<std::string, double>;

struct measurement {
  std::string operation;
  std::size_t connections = 0;
  bench::load_result load;
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

struct node_addresses {
  bench::server_address http;
  bench::server_address management;
};

core::result<measurement> measure(const node_addresses& node, const bench::http_call& call, std::size_t connections,
                                  int seconds) {
  (void)bench::run_load(node.http, call, connections, std::chrono::milliseconds{500}); // warm-up
  ROLLCALL_TRY(const auto before, read_stages(node.management, call.operation));
  measurement made{
      call.operation, connections, bench::run_load(node.http, call, connections, std::chrono::seconds{seconds}), {}};
  ROLLCALL_TRY(const auto after, read_stages(node.management, call.operation));
  if (made.load.latencies.empty() || made.load.failures != 0)
    return core::fail(core::error_code::internal, std::to_string(made.load.failures) + " calls failed and "
                                                      + std::to_string(made.load.latencies.size()) + " succeeded");
  for (const auto& [stage, total] : after) {
    const auto earlier = before.contains(stage) ? before.at(stage) : 0;
    made.per_request_ms[stage] = (total - earlier) * 1e3 / static_cast<double>(made.load.latencies.size());
  }
  return made;
}

core::result<std::vector<measurement>> measure_runtime(const arguments& from, const std::string& runtime,
                                                       const std::string& picture, const std::string& version) {
  test::node_options options;
  options.settings = {"vision.runtime=" + runtime};
  ROLLCALL_TRY(const auto process, test::rollcalld_process::start(options));
  const node_addresses node{{"127.0.0.1", process->http_port()}, {"127.0.0.1", process->management_port()}};
  ROLLCALL_CHECK(enrol(node.http, from.faces, version));
  const json::object search{{"CollectionId", collection}, {"Image", {{"Bytes", picture}}}};
  const json::object detect{{"Image", {{"Bytes", picture}}}};
  std::vector<measurement> all;
  for (const auto& [operation, body] : {std::pair{"SearchFacesByImage", search}, std::pair{"DetectFaces", detect}})
    for (const std::size_t connections : {1, 4, 16}) {
      const bench::http_call call{"POST", "/", operation, json::serialize(body)};
      ROLLCALL_TRY(auto made, measure(node, call, connections, from.seconds));
      all.push_back(std::move(made));
    }
  return all;
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
  ROLLCALL_TRY(const auto onnx, measure_runtime(from, "onnx", picture, version));
  ROLLCALL_TRY(const auto opencv, measure_runtime(from, "opencv", picture, version));
  print_table("ONNX Runtime", onnx);
  print_table("OpenCV DNN", opencv);
  const auto& search = onnx.front();
  const double overhead = (search.load.mean_ms() - search.vision_ms()) / search.vision_ms();
  const double over_networks = search.sum({"detect", "landmark", "embed", "attributes"}) / search.sum({"networks"});
  const double ratio = search.load.per_second() / opencv.front().load.per_second();
  std::printf(
      "\noverhead_share %.3f   vision_over_networks %.3f   runtime_ratio %.2f   (%zu faces enrolled, picture %zu "
      "bytes)\n",
      overhead, over_networks, ratio, from.faces, photo.size());
  report["faces"] = from.faces;
  report["picture_bytes"] = photo.size();
  report["onnxruntime"] = to_json(onnx);
  report["opencv"] = to_json(opencv);
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
  app.add_option("--seconds", from.seconds, "length of one measurement")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  if (const auto done = run(from); !done) {
    std::cerr << "bench_serve: " << done.failure().message << "\n";
    return 1;
  }
  return 0;
}
