#include "bench/cluster/failover.hpp"

#include "bench/chaos/cluster_load.hpp"
#include "bench/figures.hpp"

#include <algorithm>
#include <functional>
#include <thread>
#include <unistd.h>

namespace rollcall::bench {

namespace {

using namespace std::chrono_literals;

constexpr auto watched = 3s; ///< after a fault
constexpr auto idle = 10s;

double measure_idle(cluster_processes& cluster) {
  std::map<std::string, double> before;
  for (const auto& name : cluster.names())
    before[name] = processor_seconds(cluster.pid(name));
  std::this_thread::sleep_for(idle);
  double most = 0;
  for (const auto& [name, seconds] : before)
    most = std::max(most, processor_seconds(cluster.pid(name)) - seconds);
  return 100 * most / std::chrono::duration<double>(idle).count();
}

} // namespace

failover_figures measure_failover(std::size_t rounds) {
  cluster_processes cluster({"search.partitions=8", "vision.workers=1"});
  cluster.put_links_between();
  const std::vector<std::string> shards{"a", "b", "c"};
  for (const auto& shard : shards)
    cluster.start(shard, "shard");
  cluster.start("z", "front,controller");
  cluster_load load(cluster, {.writers = 0, .searchers = 2});
  cluster.wait_until_settled();
  failover_figures made;
  made.idle_cpu_percent = measure_idle(cluster);
  load.start();
  const auto slowest = [&](const std::function<void()>& what) {
    static_cast<void>(load.take());
    what();
    std::this_thread::sleep_for(watched);
    const auto seen = load.take();
    made.searches += seen.searches;
    made.failed += seen.failed_searches;
    return seen.search_ms.empty() ? 0 : *std::max_element(seen.search_ms.begin(), seen.search_ms.end());
  };
  for (std::size_t round = 0; round < rounds; ++round) {
    const auto& shard = shards[round % shards.size()];
    made.calm_ms.push_back(slowest([] {}));
    made.kill_ms.push_back(slowest([&] { cluster.kill(shard); }));
    cluster.start(shard);
    cluster.wait_until_settled();
    made.silent_ms.push_back(slowest([&] { cluster.link(shard).silence(true); }));
    cluster.link(shard).silence(false);
    static_cast<void>(slowest([] {})); // until it is heard again
  }
  load.stop();
  const auto sum = load.seen().sum();
  made.wrong = sum.lost.size() + sum.resurrected.size() + sum.duplicates + sum.unmarked_partials;
  return made;
}

} // namespace rollcall::bench
