// dev_cluster: a PostgreSQL and some nodes on this machine, with people of the demonstration's photographs enrolled,
// until it is told to stop.

#include "bench/chaos/cluster_processes.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

namespace {

using namespace rollcall;

struct arguments {
  int fronts = 2;
  int embedders = 2;
  int shards = 3;
  std::string photos = "build/deps/photos";
};

// A second front that may lead, so that there is a controller in reserve.
void start(bench::cluster_processes& cluster, const arguments& given) {
  for (int shard = 1; shard <= given.shards; ++shard)
    cluster.start("shard" + std::to_string(shard), "shard");
  for (int embedder = 1; embedder <= given.embedders; ++embedder)
    cluster.start("embedder" + std::to_string(embedder), "embedder");
  for (int front = 1; front <= given.fronts; ++front)
    cluster.start("front" + std::to_string(front), "front,controller");
}

void enrol(const bench::cluster_processes& cluster, const std::string& photos) {
  static_cast<void>(cluster.operate({"collections", "create", "demo"}));
  for (const auto* photo : {"sample1", "sample2", "sample3", "sample4", "sample5", "sample6"})
    static_cast<void>(cluster.operate({"index", photos + "/" + photo + ".jpg", "--collection", "demo", "--id", photo}));
}

void show(const bench::cluster_processes& cluster) {
  const auto ports = cluster.ports();
  const auto endpoint = "http://127.0.0.1:" + std::to_string(ports.begin()->second);
  std::printf("%s\n", cluster.operate({"cluster", "status"}).c_str());
  for (const auto& [name, port] : ports)
    std::printf("%s  http://127.0.0.1:%u\n", name.c_str(), unsigned{port});
  std::printf("Try: build/release/bin/rollcall --endpoint %s search PICTURE --collection demo\nCtrl-C ends it.\n",
              endpoint.c_str());
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"A cluster on this machine"};
  app.add_option("--fronts", given.fronts, "Take requests, and one leads")
      ->check(CLI::Range(1, 9))
      ->capture_default_str();
  app.add_option("--embedders", given.embedders, "Analyse pictures")->check(CLI::Range(1, 9))->capture_default_str();
  app.add_option("--shards", given.shards, "Hold the gallery")->check(CLI::Range(1, 26))->capture_default_str();
  app.add_option("--photos", given.photos, "Of the demonstration")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr); // before any thread is there
  try {
    bench::cluster_processes cluster({"vision.workers=1", "log.level=warning"});
    start(cluster, given);
    enrol(cluster, given.photos);
    cluster.wait_until_settled();
    show(cluster);
    int signal = 0;
    ::sigwait(&ends, &signal);
    for (const auto& name : cluster.names())
      cluster.stop(name);
    return 0;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
