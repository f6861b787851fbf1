#include "bench/cameras/live_node.hpp"

#include "bench/cameras/zmq_access.hpp"
#include "core/timestamp.hpp"
#include "tests/support/exported_metric.hpp"
#include "tests/support/http.hpp"
#include "tests/support/pictures.hpp"
#include "wire/base64.hpp"

#include <cstdio>
#include <sstream>
#include <thread>

namespace rollcall::bench {

namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

core::deadline soon() {
  return core::deadline::in(60s);
}

/// Of "2026-11-29T09:30:00.250Z", since the beginning of its month.
double milliseconds_of(const std::string& text) {
  int day = 0;
  int hour = 0;
  int minute = 0;
  double second = 0;
  std::sscanf(text.c_str(), "%*d-%*d-%dT%d:%d:%lfZ", &day, &hour, &minute, &second);
  return 1'000 * (((day * 24.0 + hour) * 60 + minute) * 60 + second);
}

} // namespace

core::result<std::unique_ptr<live_node>> live_node::start(const std::filesystem::path& pictures, int cores) {
  test::node_options options;
  options.settings = {"cameras.most=1000", "zmq.events=127.0.0.1:0", "log.level=error"};
  options.within = {"taskset", "--cpu-list", "0-" + std::to_string(cores - 1)};
  ROLLCALL_TRY(auto running, test::rollcalld_process::start(options));
  std::unique_ptr<live_node> node{new live_node{std::move(running)}};
  ROLLCALL_CHECK(node->ask("CreateCollection", {{"CollectionId", "people"}}));
  const auto photo = wire::encode_base64(test::bytes_of(pictures / "anna_1.jpg"));
  ROLLCALL_CHECK(node->ask("IndexFaces",
                           {{"CollectionId", "people"}, {"Image", {{"Bytes", photo}}}, {"ExternalImageId", "anna"}}));
  return node;
}

core::status live_node::start_camera(const std::string& name, const std::string& input) {
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

core::result<live_node::sustained> live_node::measure_cameras(const std::string& clip, int most, int seconds) {
  sustained made;
  const double before = resident_mb();
  for (int running = 0; running < most;) {
    const int step = running < 8 ? 2 : 4;
    for (int more = 0; more < step; ++more)
      ROLLCALL_CHECK(start_camera("camera" + std::to_string(++running), clip + "?repeat"));
    std::this_thread::sleep_for(5s); // they are claimed and opened
    ROLLCALL_TRY(const auto dropped, metric("rollcall_camera_frames_dropped_total"));
    ROLLCALL_TRY(const auto analysed, metric("rollcall_camera_frames_analysed_total"));
    std::this_thread::sleep_for(std::chrono::seconds{seconds});
    ROLLCALL_TRY(const auto dropped_after, metric("rollcall_camera_frames_dropped_total"));
    ROLLCALL_TRY(const auto analysed_after, metric("rollcall_camera_frames_analysed_total"));
    std::printf("  %2d cameras: %.1f frames a second analysed, %.1f dropped, %.0f MB\n", running,
                (analysed_after - analysed) / seconds, (dropped_after - dropped) / seconds, resident_mb());
    if (dropped_after > dropped)
      break;
    made = {running, (resident_mb() - before) / running};
  }
  return made;
}

core::result<std::vector<double>> live_node::latencies(int seconds) {
  ROLLCALL_TRY(const auto access, make_zmq_access(*running_));
  test::zmq_client subscriber{zmq::socket_type::sub, access.events, access.keys};
  subscriber.socket().set(zmq::sockopt::subscribe, "camera/");
  std::vector<double> ms;
  const auto until = core::deadline::in(std::chrono::seconds{seconds});
  while (!until.has_passed()) {
    subscriber.socket().set(zmq::sockopt::rcvtimeo, static_cast<int>(until.left().count()));
    const auto parts = subscriber.receive();
    const auto now = core::system_wall_clock{}.now();
    if (parts.size() != 2)
      continue;
    const auto event = json::parse(parts[1]).as_object();
    if (event.at("Kind") == "TrackBegan" || event.at("Kind") == "Recognised")
      ms.push_back(milliseconds_of(core::timestamp(now)) - milliseconds_of(event.at("CapturedAt").as_string().c_str()));
  }
  return ms;
}

core::result<json::object> live_node::ask(std::string_view operation, const json::object& input) {
  ROLLCALL_TRY(const auto reply, test::call(running_->http_port(), operation, json::serialize(input), soon()));
  if (reply.status != 200)
    return core::fail(core::error_code::internal, std::string(operation) + ": " + reply.body);
  return json::parse(reply.body).as_object();
}

core::result<double> live_node::metric(const std::string& name) {
  return test::exported_metric(running_->management_port(), name, soon());
}

double live_node::resident_mb() const {
  return static_cast<double>(running_->child().resident_bytes().value_or(0)) / 1e6;
}

} // namespace rollcall::bench
