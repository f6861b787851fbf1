#include "bench/cluster/import.hpp"

#include "bench/cluster/peer_processes.hpp"
#include "bench/cluster/store_faces.hpp"
#include "tests/support/face_lines.hpp"
#include "tests/support/http.hpp"
#include "tests/support/random_references.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr std::size_t dimension = 512;
constexpr std::size_t faces_a_request = 512;
using steady = std::chrono::steady_clock;

double seconds_since(steady::time_point begin) {
  return std::chrono::duration<double>(steady::now() - begin).count();
}

// A request's body, made once and sent again and again, with other ids each time.
class import_body {
public:
  explicit import_body(testing::random_references& random) {
    for (std::size_t i = 0; i < faces_a_request; ++i) {
      const auto face = core::to_string(random.id());
      const auto image = core::to_string(random.id());
      const auto line = test::face_line(face, image, random.embedding(dimension));
      ids_.push_back(text_.size() + line.find(face));
      ids_.push_back(text_.size() + line.find(image));
      text_ += line;
    }
  }
  const std::string& with_new_ids() {
    for (const auto at : ids_)
      text_.replace(at, 36, core::to_string(core::random_uuid()));
    return text_;
  }

private:
  std::string text_;
  std::vector<std::size_t> ids_; ///< where they stand
};

// How far three clients have come together.
struct progress {
  explicit progress(std::size_t faces) : wanted(static_cast<std::int64_t>(faces)), left(wanted) {}

  void note_request() {
    const auto before = acknowledged.fetch_add(faces_a_request);
    const auto tenth = [this](std::int64_t count) { return std::min<std::int64_t>(10, count * 10 / wanted); };
    for (auto at = tenth(before) + 1; at <= tenth(before + faces_a_request); ++at)
      reached[static_cast<std::size_t>(at)] = seconds_since(begin);
  }

  std::int64_t wanted;
  std::atomic<std::int64_t> left;
  std::atomic<std::int64_t> acknowledged{0};
  steady::time_point begin = steady::now();
  std::array<double, 11> reached{}; ///< tenths, in seconds; each written once
};

// Sends until nothing is left. Gives what went wrong.
std::string send_all(std::uint16_t port, std::uint64_t seed, progress& all_clients) {
  constexpr std::size_t bodies = 4;
  testing::random_references random{seed};
  std::vector<import_body> all;
  for (std::size_t i = 0; i < bodies; ++i)
    all.emplace_back(random);
  const auto until = core::deadline::in(std::chrono::minutes{30});
  auto connection = test::http_connection::open(port, until);
  if (!connection)
    return connection.failure().message;
  for (std::size_t turn = 0; all_clients.left.fetch_sub(faces_a_request) > 0; ++turn) {
    const auto sent = connection->send(test::import_request("c", all[turn % bodies].with_new_ids()), until);
    if (!sent)
      return sent.failure().message;
    const auto reply = connection->read_reply(until);
    if (!reply || reply->status != 200)
      return reply ? reply->body : reply.failure().message;
    all_clients.note_request();
  }
  return "";
}

} // namespace

import_figures measure_import(std::size_t faces) {
  cluster_processes cluster({"vision.workers=1", "search.partitions=8", "log.level=warning"});
  import_figures found;
  for (const auto* node : {"a", "b", "c"})
    cluster.start(node);
  static_cast<void>(cluster.operate({"collections", "create", "c"}));
  cluster.wait_until_settled();
  progress together(faces);
  std::vector<std::string> failed(3);
  std::vector<std::thread> clients;
  for (const auto& [name, port] : cluster.ports())
    clients.emplace_back([&, port = port, at = clients.size()] { failed[at] = send_all(port, at, together); });
  for (auto& one : clients)
    one.join();
  const auto took = seconds_since(together.begin);
  for (const auto& why : failed)
    if (!why.empty())
      throw std::runtime_error("an import failed: " + why);
  const auto stored = std::stoull(cluster.query("SELECT count(*) FROM faces"));
  if (stored < faces)
    throw std::runtime_error("only " + std::to_string(stored) + " faces are stored");
  found.import_faces_per_s = static_cast<double>(stored) / took;
  const auto tenth = static_cast<double>(faces) / 10;
  found.first_tenth_faces_per_s = tenth / together.reached[1];
  found.last_tenth_faces_per_s = tenth / (together.reached[10] - together.reached[9]);
  for (const auto& name : cluster.names()) {
    found.peak_bytes = std::max(found.peak_bytes, cluster.peak_bytes(name));
    found.node_cpu_seconds += cpu_seconds(cluster.pid(name));
  }
  for (const auto& name : cluster.names())
    cluster.stop(name);
  found.copy_faces_per_s = enrol_by_store(cluster, "alone", faces / 10);
  found.store_searches_per_s = search_store(cluster, "alone", 3);
  return found;
}

} // namespace rollcall::bench
