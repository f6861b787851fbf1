#include "bench/cluster/catch_up.hpp"

#include "bench/cluster/store_faces.hpp"
#include "bench/figures.hpp"
#include "tests/support/http.hpp"

#include <stdexcept>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr std::chrono::minutes patience{5};

// The value of a metric with that label; 0 while there is none.
double metric(const cluster_processes& cluster, const std::string& node, const std::string& name,
              const std::string& label) {
  const auto reply =
      test::fetch(cluster.management_port(node), "/metrics", core::deadline::in(std::chrono::seconds{10}));
  if (!reply)
    throw std::runtime_error(reply.failure().message);
  for (auto at = reply->body.find(name + "{"); at != std::string::npos; at = reply->body.find(name + "{", at + 1)) {
    const auto line = reply->body.substr(at, reply->body.find('\n', at) - at);
    if (line.find(label) != std::string::npos)
      return std::stod(line.substr(line.rfind(' ')));
  }
  return 0;
}

// Waits until the node has loaded all faces, and says how many a second it took from there.
double rate(const cluster_processes& cluster, const std::string& node, const std::string& source, std::size_t faces) {
  const auto label = "source=\"" + source + "\"";
  const auto until = core::deadline::in(patience);
  const auto loaded = [&] { return metric(cluster, node, "rollcall_shard_loaded_references_total", label); };
  while (loaded() < static_cast<double>(faces)) {
    if (until.has_passed())
      throw std::runtime_error(node + " has not loaded everything from the " + source);
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
  return loaded() / metric(cluster, node, "rollcall_shard_load_seconds_total", label);
}

void wait_for_snapshots(const cluster_processes& cluster, const std::string& node) {
  const auto until = core::deadline::in(patience);
  while (cluster.query("SELECT count(DISTINCT part) FROM snapshots WHERE node = '" + node + "'") != "4") {
    if (until.has_passed())
      throw std::runtime_error(node + " writes no snapshots");
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
  }
}

// Of an empty node, time and again.
std::vector<double> rates_from_peer(cluster_processes& cluster, std::size_t faces) {
  constexpr int rounds = 5;
  std::vector<double> rates;
  for (int round = 0; round < rounds; ++round) {
    if (round > 0) {
      cluster.kill("b");
      std::filesystem::remove_all(cluster.data_dir("b") / "snapshots"); // its key stays: the others know it
    }
    cluster.start("b");
    rates.push_back(rate(cluster, "b", "peers", faces));
  }
  return rates;
}

} // namespace

catch_up_figures measure_catch_up(std::size_t faces) {
  cluster_processes cluster({"vision.workers=1", "log.level=warning"});
  static_cast<void>(enrol_by_store(cluster, "faces", faces));
  cluster.database().run(cluster.uri(), "CHECKPOINT"); // else it would write beside what is measured
  catch_up_figures found;
  cluster.start("a");
  found.from_store = rate(cluster, "a", "store", faces);
  wait_for_snapshots(cluster, "a");
  const auto from_peer = rates_from_peer(cluster, faces);
  found.from_peer = median(from_peer);
  found.from_peer_least = *std::min_element(from_peer.begin(), from_peer.end());
  wait_for_snapshots(cluster, "b");
  cluster.stop("b");
  cluster.start("b");
  found.from_disk = rate(cluster, "b", "disk", faces);
  for (const auto& name : cluster.names())
    cluster.stop(name);
  return found;
}

} // namespace rollcall::bench
