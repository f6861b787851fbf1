// dev_cluster: a PostgreSQL and some nodes on this machine, with people of the demonstration's photographs enrolled,
// until it is told to stop.

#include "bench/cluster_processes.hpp"

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>

namespace {

using namespace rollcall;

void enrol(std::uint16_t port, const std::string& photos) {
  const auto rollcall = [&](std::vector<std::string> arguments) {
    test::command what{test::program("rollcall").string(), std::move(arguments)};
    what.environment = {{"ROLLCALL_ENDPOINT", "http://127.0.0.1:" + std::to_string(port)}};
    const auto done = test::run(what, core::deadline::in(std::chrono::minutes{2}));
    if (!done || done->exit != test::exit_state{0, 0})
      throw std::runtime_error("rollcall failed: " + (done ? done->out + done->err : done.failure().message));
  };
  rollcall({"collections", "create", "demo"});
  for (const auto* photo : {"sample1", "sample2", "sample3", "sample4", "sample5", "sample6"})
    rollcall({"index", photos + "/" + photo + ".jpg", "--collection", "demo", "--id", photo});
}

void show(const bench::cluster_processes& cluster) {
  for (const auto& [name, port] : cluster.ports())
    std::printf("%s  http://127.0.0.1:%u  holds %s of %s partitions\n", name.c_str(), unsigned{port},
                cluster.query("SELECT count(*) FROM placements WHERE state = 1 AND node = '" + name + "'").c_str(),
                cluster.query("SELECT count(*) FROM partitions").c_str());
  std::printf("Try: build/release/bin/rollcall --endpoint URL search PICTURE --collection demo\nCtrl-C ends it.\n");
  std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
  int nodes = 3;
  std::string photos = "build/deps/photos";
  CLI::App app{"A cluster on this machine"};
  app.add_option("--nodes", nodes, "How many")->check(CLI::Range(1, 26))->capture_default_str();
  app.add_option("--photos", photos, "Of the demonstration")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr); // before any thread is there
  try {
    bench::cluster_processes cluster({"vision.workers=1", "log.level=warning"});
    for (int node = 0; node < nodes; ++node)
      cluster.start(std::string(1, static_cast<char>('a' + node)));
    enrol(cluster.ports().begin()->second, photos);
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
