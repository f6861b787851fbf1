// bench_cluster: what the machinery between nodes costs. A coordinator scatters over shard processes on loopback that
// answer at once with k prepared hits, over the real links with keys; beside it, in the same run, the same messages by
// ZeroMQ alone. Nothing is searched: serialisation, transport, actors and the merge are what is measured. And how fast
// a node loads its partitions: from the store, from another node's snapshots, from its own.

#include "actors/coordinator.hpp"
#include "actors/peer_gate.hpp"
#include "actors/remote_shard.hpp"
#include "bench/catch_up.hpp"
#include "bench/failover.hpp"
#include "bench/import.hpp"
#include "bench/report.hpp"
#include "bench/shard_processes.hpp"
#include "core/metrics.hpp"
#include "net/zmq_peers.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <future>
#include <iostream>
#include <numeric>
#include <thread>

namespace {

using namespace rollcall;
using steady = std::chrono::steady_clock;
namespace json = boost::json;

constexpr std::size_t dimension = 512;

struct arguments {
  std::uint32_t shards = 4;
  std::size_t k = 100;
  std::size_t rounds = 7;
  double seconds = 1; ///< of each figure, each round
  std::size_t failovers = 3;
  std::size_t faces = 250'000;
  std::size_t imported = 100'000;
  std::string out = "build/bench/cluster.json";
};

caf::actor_system_config make_config() {
  caf::actor_system_config config;
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::size_t{2});
  return config;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

double milliseconds_since(steady::time_point start) {
  return std::chrono::duration<double, std::milli>(steady::now() - start).count();
}

// Keeps `outstanding` queries under way for a span; the time that each took, in ms.
struct load_done {
  std::vector<double> ms;
  std::uint64_t failed = 0;
};

} // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(load_done)

namespace {

using load_actor = caf::typed_actor<caf::replies_to<int>::with<load_done>>;

class load_state {
public:
  static constexpr const char* name = "load";
  explicit load_state(load_actor::pointer self) : self_(self) {}

  load_actor::behavior_type start(actors::coordinator_actor at, actors::query asked, double seconds) {
    at_ = std::move(at);
    asked_ = std::move(asked);
    seconds_ = seconds;
    return {[this](int outstanding) {
      promise_ = self_->make_response_promise<load_done>();
      end_ = steady::now() + std::chrono::duration_cast<steady::duration>(std::chrono::duration<double>(seconds_));
      for (; outstanding > 0; --outstanding)
        ask();
      return promise_;
    }};
  }

private:
  void ask() {
    ++running_;
    auto one = asked_;
    one.until = core::deadline::in(std::chrono::seconds{10});
    self_->request(at_, std::chrono::seconds{11}, std::move(one))
        .then([this, started = steady::now()](const actors::query_answer&) { note(milliseconds_since(started)); },
              [this](const caf::error&) {
                ++done_.failed;
                note(0);
              });
  }
  void note(double ms) {
    done_.ms.push_back(ms);
    --running_;
    if (steady::now() < end_)
      ask();
    else if (running_ == 0)
      promise_.deliver(std::move(done_));
  }

  load_actor::pointer self_;
  actors::coordinator_actor at_;
  actors::query asked_{.request = {}, .collection = {}, .probes = {}, .until = core::deadline{{}}};
  double seconds_ = 0;
  caf::typed_response_promise<load_done> promise_;
  steady::time_point end_;
  int running_ = 0;
  load_done done_;
};

load_actor::behavior_type run_load(load_actor::stateful_pointer<load_state> self, const actors::coordinator_actor& at,
                                   const actors::query& asked, double seconds) {
  return self->state.start(at, asked, seconds);
}

/// The asking side: a coordinator over proxies of all shard processes.
class front {
public:
  front(const bench::shard_processes& shards, const net::curve_key_pair& keys)
      : config_(make_config()), system_(config_) {
    net::peer_settings settings;
    settings.self = {bench::cluster_id, "front", 1};
    settings.keys = keys;
    std::promise<void> all_open;
    auto open = std::make_shared<std::atomic<std::size_t>>(0);
    auto started = net::zmq_peers::start(std::move(settings), {[](const net::call_id&, const net::peer_request&) {},
                                                               [](const net::call_id&) {},
                                                               [&, open](const std::string&, bool) {
                                                                 if (++*open == shards.addresses().size())
                                                                   all_open.set_value();
                                                               }});
    if (!started)
      throw std::runtime_error(started.failure().message);
    peers_ = *std::move(started);
    std::vector<actors::shard_actor> remotes;
    for (const auto& to : shards.addresses()) {
      peers_->connect(to);
      remotes.push_back(actors::remote_shard(
          system_,
          [peers = peers_, node = to.node](std::string method, core::shared_bytes body, core::deadline until,
                                           std::function<void(core::result<core::shared_bytes>)> then) {
            peers->ask(node, std::move(method), std::move(body), until, std::move(then));
          },
          {}));
    }
    if (all_open.get_future().wait_for(std::chrono::seconds{10}) != std::future_status::ready)
      throw std::runtime_error("a shard process did not open its link");
    for (const auto& one : remotes)
      actors_.push_back(caf::actor_cast<caf::actor>(one));
    coordinator_ = actors::coordinator(system_, std::move(remotes), {}, core::null_metrics());
    actors_.push_back(caf::actor_cast<caf::actor>(coordinator_));
  }
  ~front() {
    for (const auto& one : actors_)
      caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
    system_.await_all_actors_done();
  }
  front(const front&) = delete;
  front& operator=(const front&) = delete;

  load_done run(int outstanding, std::uint32_t partitions, std::size_t k, double seconds) {
    actors::query asked{.request = {},
                        .collection = {},
                        .partitions = partitions,
                        .probes = std::vector<float>(dimension, 0.04F),
                        .until = core::deadline{{}}};
    asked.dimension = dimension;
    asked.k = k;
    caf::scoped_actor self{system_};
    const auto load = self->spawn(run_load, coordinator_, asked, seconds);
    load_done done;
    self->request(load, caf::infinite, outstanding)
        .receive([&](load_done& got) { done = std::move(got); },
                 [](const caf::error&) { throw std::runtime_error("the load ended early"); });
    caf::anon_send_exit(load, caf::exit_reason::user_shutdown);
    return done;
  }

private:
  caf::actor_system_config config_;
  caf::actor_system system_;
  std::shared_ptr<net::zmq_peers> peers_;
  std::vector<caf::actor> actors_;
  actors::coordinator_actor coordinator_;
};

/// Of all rounds: p50 and p99 of a scatter, and requests to peers a second.
struct figure {
  std::vector<double> p50, p99, rate;
  std::uint64_t failed = 0;

  void note(const load_done& done, std::uint32_t shards, double seconds) {
    failed += done.failed;
    p50.push_back(quantile(done.ms, 0.5));
    p99.push_back(quantile(done.ms, 0.99));
    rate.push_back(static_cast<double>(done.ms.size()) * shards / seconds);
  }
  void print(const char* name) const {
    std::printf("%-34s %10.3f %10.3f %12.0f\n", name, quantile(p50, 0.5), quantile(p99, 0.5), quantile(rate, 0.5));
  }
};

void add(const bench::failover_figures& seen, boost::json::object& report) {
  report["failover_calm_ms"] = quantile(seen.calm_ms, 0.5);
  report["failover_kill_ms"] = quantile(seen.kill_ms, 0.5);
  report["failover_partition_ms"] = quantile(seen.silent_ms, 0.5);
  report["failover_failed_searches"] = seen.failed;
  report["failover_wrong_answers"] = seen.wrong;
  report["idle_cpu_percent"] = seen.idle_cpu_percent;
  std::printf(
      "3 shard processes, 2 replicas, the slowest search (median of %zu rounds): %.0f ms in calm, %.0f around a "
      "kill, %.0f around a silent link; %zu of %zu failed, %zu wrong; the busiest idle node takes %.2f %% of a "
      "processor\n",
      seen.calm_ms.size(), quantile(seen.calm_ms, 0.5), quantile(seen.kill_ms, 0.5), quantile(seen.silent_ms, 0.5),
      seen.failed, seen.searches, seen.wrong, seen.idle_cpu_percent);
}

void add_catch_up(json::object& report, std::size_t faces) {
  const auto found = bench::measure_catch_up(faces);
  std::printf("%zu faces, 512-d, into an empty node: %.0f faces/s from the store, %.0f from another node's snapshots, "
              "%.0f from its own\n",
              faces, found.from_store, found.from_peer, found.from_disk);
  report["catch_up_faces"] = faces;
  report["catch_up_faces_per_s"] = found.from_peer;
  report["catch_up_store_faces_per_s"] = found.from_store;
  report["catch_up_disk_faces_per_s"] = found.from_disk;
}

void add_import(json::object& report, std::size_t faces) {
  const auto found = bench::measure_import(faces);
  std::printf("%zu faces, 512-d, by the admin API into three nodes, two replicas: %.0f faces/s (the store's COPY alone "
              "%.0f); the largest node took %.0f MB\n",
              faces, found.import_faces_per_s, found.copy_faces_per_s, static_cast<double>(found.peak_bytes) / 1e6);
  report["import_faces"] = faces;
  report["import_faces_per_s"] = found.import_faces_per_s;
  report["copy_faces_per_s"] = found.copy_faces_per_s;
  report["import_peak_bytes"] = found.peak_bytes;
}

int run(const arguments& given) {
  const auto keys = net::make_key_pair();
  // Processes are forked before any thread is made.
  bench::shard_processes ours(given.shards, given.k, keys.public_key);
  bench::shard_processes plain(given.shards, given.k, "");
  front asking(ours, keys);
  bench::raw_scatter raw(plain, dimension * sizeof(float));
  figure one, many, raw_one, raw_many;
  for (std::size_t round = 0; round < given.rounds; ++round) {
    const auto pair = [&](int outstanding, figure& of_ours, figure& of_raw) {
      of_ours.note(asking.run(outstanding, given.shards, given.k, given.seconds), given.shards, given.seconds);
      of_raw.note({raw.run(outstanding, given.seconds), 0}, given.shards, given.seconds);
    };
    pair(1, one, raw_one);
    pair(64, many, raw_many);
  }
  std::printf("%u shard processes, k = %zu, with keys\n%-34s %10s %10s %12s\n", given.shards, given.k, "", "p50 ms",
              "p99 ms", "requests/s");
  one.print("scatter, 1 outstanding");
  raw_one.print("  ZeroMQ alone, without keys");
  many.print("scatter, 64 outstanding");
  raw_many.print("  ZeroMQ alone, without keys");
  auto report = bench::start_report("cluster");
  report["shards"] = given.shards;
  report["k"] = given.k;
  report["failed"] = one.failed + many.failed;
  report["scatter_added_p50_ms"] = quantile(one.p50, 0.5);
  report["zmq_scatter_p50_ms"] = quantile(raw_one.p50, 0.5);
  report["peer_requests_per_s_64"] = quantile(many.rate, 0.5);
  report["zmq_requests_per_s_64"] = quantile(raw_many.rate, 0.5);
  report["peer_requests_over_zmq"] = quantile(many.rate, 0.5) / quantile(raw_many.rate, 0.5);
  std::printf("of ZeroMQ's rate, 64 outstanding: %.2f; failed: %s\n", report["peer_requests_over_zmq"].as_double(),
              std::to_string(one.failed + many.failed).c_str());
  if (given.failovers > 0)
    add(bench::measure_failover(given.failovers), report);
  if (given.faces > 0)
    add_catch_up(report, given.faces);
  if (given.imported > 0)
    add_import(report, given.imported);
  if (const auto written = bench::write_report(report, given.out); !written) {
    std::cerr << "bench_cluster: " << written.failure().message << '\n';
    return 1;
  }
  return one.failed + many.failed == 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"What a scatter over shard processes costs beside ZeroMQ alone"};
  app.add_option("--shards", given.shards, "shard processes")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--k", given.k, "hits that each answers with")->check(CLI::Range(1, 4'097))->capture_default_str();
  app.add_option("--rounds", given.rounds, "pairs of measurements")->check(CLI::Range(1, 1'000))->capture_default_str();
  app.add_option("--seconds", given.seconds, "of each measurement")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  app.add_option("--failovers", given.failovers, "rounds of a killed and a cut off shard; 0: none")
      ->check(CLI::Range(0, 100))
      ->capture_default_str();
  app.add_option("--faces", given.faces, "that a node loads; 0: none does")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  app.add_option("--import", given.imported, "faces that come in in bulk; 0: none do")
      ->check(CLI::Range(0, 10'000'000))
      ->capture_default_str();
  app.add_option("--out", given.out, "where the figures go, as JSON");
  CLI11_PARSE(app, argc, argv);
  try {
    return run(given);
  } catch (const std::exception& failed) {
    std::cerr << "bench_cluster: " << failed.what() << '\n';
    return 1;
  }
}
