// bench_cluster: what the machinery between nodes costs, and what a cluster of real nodes does. Each section has its
// own file, which says what it measures; here are the options, the table and the report.

#include "bench/cluster/backup.hpp"
#include "bench/cluster/catch_up.hpp"
#include "bench/cluster/failover.hpp"
#include "bench/cluster/import.hpp"
#include "bench/cluster/peer_processes.hpp"
#include "bench/cluster/pictures.hpp"
#include "bench/cluster/real_shards.hpp"
#include "bench/cluster/scale_out.hpp"
#include "bench/cluster/scatter.hpp"
#include "bench/report.hpp"
#include "core/allocator.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cstdio>
#include <iostream>
#include <thread>

namespace {

using namespace rollcall;
using bench::median;
namespace json = boost::json;

struct arguments {
  bench::scatter_settings scatter;
  std::size_t real = bench::real_shard_settings{}.faces;
  std::size_t failovers = 3;
  std::size_t faces = 250'000;
  std::size_t imported = 100'000;
  std::size_t backed_up = 100'000;
  std::string out = "build/bench/cluster.json";
};

void print_heading(const std::string& of) {
  std::printf("%-34s %10s %10s %12s\n", of.c_str(), "p50 ms", "p99 ms", "per second");
}

json::object scatter(const bench::scatter_settings& settings) {
  const auto found = bench::measure_scatter(settings);
  print_heading(std::to_string(settings.shards) + " shard processes, k = " + std::to_string(settings.k)
                + ", with keys");
  found.one.print("scatters, 1 outstanding");
  found.bare_one.print("  ZeroMQ alone, without keys");
  found.many.print("scatters, 64 outstanding");
  found.bare_many.print("  ZeroMQ alone, without keys");
  const auto requests = median(found.many.rate) * settings.shards;
  const auto bare = median(found.bare_many.rate) * settings.shards;
  const auto failed = found.one.failed + found.many.failed;
  std::printf("peer requests/s, 64 outstanding: %.0f, %.2f of ZeroMQ's %.0f; failed: %s; each takes %.0f us of a "
              "processor at the front, %.0f at the node\n",
              requests, requests / bare, bare, std::to_string(failed).c_str(), found.front_us, found.node_us);
  return {{"shards", settings.shards},
          {"k", settings.k},
          {"failed", failed},
          {"scatter_added_p50_ms", median(found.one.p50)},
          {"zmq_scatter_p50_ms", median(found.bare_one.p50)},
          {"peer_requests_per_s_64", requests},
          {"zmq_requests_per_s_64", bare},
          {"peer_requests_over_zmq", requests / bare},
          {"front_us_a_request", found.front_us},
          {"node_us_a_request", found.node_us}};
}

json::object pictures(const bench::scatter_settings& settings) {
  const auto found = bench::measure_pictures(settings.rounds, settings.seconds);
  print_heading("pictures of 200 KB to an embedder");
  found.with_keys.print("16 outstanding, with keys");
  found.bare_with_keys.print("  ZeroMQ alone, with keys");
  found.open.print("16 outstanding, without keys");
  found.bare.print("  ZeroMQ alone, without keys");
  const auto rate = [](const bench::figure& of) { return median(of.rate) * bench::picture_figures::bytes / 1e6; };
  const auto ours = rate(found.with_keys), with_keys = rate(found.bare_with_keys);
  const auto open = rate(found.open), bare = rate(found.bare);
  const auto failed = found.with_keys.failed + found.open.failed;
  std::printf("with keys %.0f MB/s, %.2f of ZeroMQ's %.0f; without %.0f, %.2f of %.0f; failed: %s\n", ours,
              ours / with_keys, with_keys, open, open / bare, bare, std::to_string(failed).c_str());
  return {{"picture_mb_per_s", ours},
          {"picture_mb_per_s_without_keys", open},
          {"zmq_picture_mb_per_s", bare},
          {"zmq_curve_picture_mb_per_s", with_keys},
          {"picture_vs_zmq", ours / bare},
          {"picture_vs_zmq_curve", ours / with_keys},
          {"picture_vs_zmq_both_without_keys", open / bare},
          {"picture_failed", failed}};
}

double ratio(const std::vector<double>& a, const std::vector<double>& b) {
  return median(a) / median(b);
}

void print(const bench::real_shard_figures& found, std::uint64_t failed) {
  print_heading(std::to_string(found.faces) + " faces in shard processes");
  found.one.print("probes, 1 outstanding");
  found.alone_one.print("  none with others in a pass");
  found.local_one.print("  one shard in this process");
  found.many.print("probes, 64 outstanding");
  found.alone_many.print("  none with others in a pass");
  found.local_many.print("  one shard in this process");
  std::printf("processes over one shard: p50 %.2f, probes/s %.2f; sharing passes: probes/s %.2f; %zu of %zu answers "
              "differ; failed: %s\n",
              ratio(found.one.p50, found.local_one.p50), ratio(found.many.rate, found.local_many.rate),
              ratio(found.many.rate, found.alone_many.rate), found.different, found.compared,
              std::to_string(failed).c_str());
}

json::object real_shards(const bench::real_shard_settings& settings) {
  const auto found = bench::measure_real_shards(settings);
  const auto failed = found.one.failed + found.many.failed + found.local_one.failed + found.local_many.failed
                      + found.alone_one.failed + found.alone_many.failed;
  print(found, failed);
  return {{"real_faces", found.faces},
          {"real_p50_ms", median(found.one.p50)},
          {"real_in_process_p50_ms", median(found.local_one.p50)},
          {"real_p50_ratio", ratio(found.one.p50, found.local_one.p50)},
          {"real_probes_per_s_64", median(found.many.rate)},
          {"real_in_process_probes_per_s_64", median(found.local_many.rate)},
          {"real_probes_ratio", ratio(found.many.rate, found.local_many.rate)},
          {"real_answers_compared", found.compared},
          {"real_answers_different", found.different},
          {"real_failed", failed},
          {"batching_probes_per_s_64", median(found.many.rate)},
          {"unbatched_probes_per_s_64", median(found.alone_many.rate)},
          {"batching_probes_ratio", ratio(found.many.rate, found.alone_many.rate)},
          {"batching_p50_ms", median(found.one.p50)},
          {"unbatched_p50_ms", median(found.alone_one.p50)},
          {"face_ns_64", found.face_ns},
          {"face_bytes", found.face_bytes}};
}

// A process of its own: it forks others before its first thread.
void add_apart(json::object& report, const std::function<json::object()>& section) {
  const auto made = json::parse(bench::apart([&] { return json::serialize(section()); }));
  for (const auto& [key, value] : made.as_object())
    report[key] = value;
}

void add_failover(json::object& report, std::size_t rounds) {
  const auto seen = bench::measure_failover(rounds);
  report["failover_calm_ms"] = median(seen.calm_ms);
  report["failover_kill_ms"] = median(seen.kill_ms);
  report["failover_partition_ms"] = median(seen.silent_ms);
  report["failover_failed_searches"] = seen.failed;
  report["failover_wrong_answers"] = seen.wrong;
  report["idle_cpu_percent"] = seen.idle_cpu_percent;
  std::printf(
      "3 shard processes, 2 replicas, the slowest search (median of %zu rounds): %.0f ms in calm, %.0f around a "
      "kill, %.0f around a silent link; %zu of %zu failed, %zu wrong; the busiest idle node takes %.2f %% of a "
      "processor\n",
      seen.calm_ms.size(), median(seen.calm_ms), median(seen.kill_ms), median(seen.silent_ms), seen.failed,
      seen.searches, seen.wrong, seen.idle_cpu_percent);
}

void add_catch_up(json::object& report, std::size_t faces) {
  const auto found = bench::measure_catch_up(faces);
  std::printf("%zu faces, 512-d, into an empty node: %.0f faces/s from the store, %.0f from another node's snapshots "
              "(at least %.0f), %.0f from its own\n",
              faces, found.from_store, found.from_peer, found.from_peer_least, found.from_disk);
  report["catch_up_faces"] = faces;
  report["catch_up_faces_per_s"] = found.from_peer;
  report["catch_up_store_faces_per_s"] = found.from_store;
  report["catch_up_disk_faces_per_s"] = found.from_disk;
}

void add_import(json::object& report, std::size_t faces) {
  const auto found = bench::measure_import(faces);
  std::printf("%zu faces, 512-d, by the admin API into three nodes, two replicas: %.0f faces/s (first "
              "tenth %.0f, last %.0f; the store's COPY alone %.0f); the largest node took %.0f MB, all %.0f s of "
              "processors; the store takes part in %.0f searches/s\n",
              faces, found.import_faces_per_s, found.first_tenth_faces_per_s, found.last_tenth_faces_per_s,
              found.copy_faces_per_s, static_cast<double>(found.peak_bytes) / 1e6, found.node_cpu_seconds,
              found.store_searches_per_s);
  report["import_faces"] = faces;
  report["import_faces_per_s"] = found.import_faces_per_s;
  report["import_first_tenth_faces_per_s"] = found.first_tenth_faces_per_s;
  report["import_last_tenth_faces_per_s"] = found.last_tenth_faces_per_s;
  report["copy_faces_per_s"] = found.copy_faces_per_s;
  report["import_node_cpu_seconds"] = found.node_cpu_seconds;
  report["import_peak_bytes"] = found.peak_bytes;
  report["store_searches_per_s"] = found.store_searches_per_s;
}

void add_backup(json::object& report, std::size_t faces) {
  const auto found = bench::measure_backup(faces);
  std::printf(
      "%zu faces, 512-d, in a backup of %.0f MB: PostgreSQL %.0f faces/s out and %.0f in, SQLite %.0f and %.0f; "
      "the command took %.0f MB and %.0f MB\n",
      faces, static_cast<double>(found.file_bytes) / 1e6, found.postgres.backup_faces_per_s,
      found.postgres.restore_faces_per_s, found.sqlite.backup_faces_per_s, found.sqlite.restore_faces_per_s,
      static_cast<double>(found.backup_peak_bytes) / 1e6, static_cast<double>(found.restore_peak_bytes) / 1e6);
  report["backup_faces"] = faces;
  report["backup_faces_per_s"] = found.postgres.backup_faces_per_s;
  report["restore_faces_per_s"] = found.postgres.restore_faces_per_s;
  report["sqlite_backup_faces_per_s"] = found.sqlite.backup_faces_per_s;
  report["sqlite_restore_faces_per_s"] = found.sqlite.restore_faces_per_s;
  report["backup_peak_bytes"] = found.backup_peak_bytes;
  report["restore_peak_bytes"] = found.restore_peak_bytes;
}

// From the figures of this run.
bench::measured_costs costs_of(const json::object& report) {
  const auto seen = [&](const char* key) { return report.at(key).to_number<double>(); };
  bench::measured_costs costs;
  costs.cores = std::max(1U, std::thread::hardware_concurrency());
  costs.scatter_ms = seen("scatter_added_p50_ms");
  costs.scatter_nodes = seen("shards");
  costs.front_us = seen("front_us_a_request");
  costs.node_us = seen("node_us_a_request");
  costs.face_ns_alone = seen("real_in_process_p50_ms") * 1e6 / seen("real_faces");
  costs.face_ns = seen("face_ns_64");
  costs.face_bytes = seen("face_bytes");
  costs.store_searches_per_s = seen("store_searches_per_s");
  costs.store_faces_per_s = seen("copy_faces_per_s");
  return costs;
}

void print(double nodes, double faces, const bench::scale_out_point& one) {
  std::printf("%6.0f %9.0fM %9.1f %10.0f %10.1f %10.0f %10.0f %8s\n", nodes, faces / 1e6, one.node_bytes / 1e9,
              one.alone_ms, one.shards_per_s, one.front_per_s, one.store_per_s,
              std::string(bench::name_of(one.first)).c_str());
}

void add_scale_out(json::object& report) {
  const auto costs = costs_of(report);
  const bench::scale_out model(costs, 2);
  std::printf("computed from the above, for nodes of %.0f cores, one front, two replicas; searches a second\n"
              "%6s %10s %9s %10s %10s %10s %10s %8s\n",
              costs.cores, "nodes", "faces", "GB/node", "alone ms", "shards", "front", "store", "bound");
  json::array points;
  for (const double faces : {100e6, 1e9, 10e9}) {
    const auto full_front = model.nodes_that_fill_front(faces);
    const auto full_store = model.nodes_that_fill_store(faces);
    for (const double nodes : {8, 32, 128}) {
      const auto one = model.at(nodes, faces);
      print(nodes, faces, one);
      points.push_back(json::object{{"nodes", nodes},
                                    {"faces", faces},
                                    {"node_bytes", one.node_bytes},
                                    {"alone_ms", one.alone_ms},
                                    {"searches_per_s", one.searches_per_s},
                                    {"bound", bench::name_of(one.first)},
                                    {"nodes_that_fill_front", full_front},
                                    {"nodes_that_fill_store", full_store}});
    }
    std::printf("%.0fM faces: one front is full from %.0f nodes on, the store from %.0f; it takes them in in %.1f h\n",
                faces / 1e6, full_front, full_store, model.at(1, faces).enrolment_hours);
  }
  report["scale_out"] = std::move(points);
}

int run(const arguments& given) {
  auto report = bench::start_report("cluster");
  add_apart(report, [&] { return scatter(given.scatter); });
  add_apart(report, [&] { return pictures(given.scatter); });
  if (given.real > 0)
    add_apart(report, [&] {
      return real_shards({given.scatter.shards, given.real, given.scatter.rounds, given.scatter.seconds});
    });
  if (given.failovers > 0)
    add_failover(report, given.failovers);
  if (given.faces > 0)
    add_catch_up(report, given.faces);
  if (given.imported > 0)
    add_import(report, given.imported);
  if (given.backed_up > 0)
    add_backup(report, given.backed_up);
  if (given.real > 0 && given.imported > 0)
    add_scale_out(report);
  if (const auto written = bench::write_report(report, given.out); !written) {
    std::cerr << "bench_cluster: " << written.failure().message << '\n';
    return 1;
  }
  const auto is_fine = [&](const char* key) {
    return !report.contains(key) || report.at(key).to_number<double>() == 0;
  };
  return is_fine("failed") && is_fine("picture_failed") && is_fine("real_failed") && is_fine("real_answers_different")
             ? 0
             : 1;
}

} // namespace

int main(int argc, char** argv) {
  core::keep_freed_memory();                // as a node's program does; ZeroMQ alone has it, too
  std::setvbuf(stdout, nullptr, _IOLBF, 0); // it takes minutes: each figure is to be seen when it is there
  arguments given;
  CLI::App app{"What a cluster costs and does"};
  app.add_option("--shards", given.scatter.shards, "shard processes")->check(CLI::Range(1, 64))->capture_default_str();
  app.add_option("--k", given.scatter.k, "hits that each answers with")
      ->check(CLI::Range(1, 4'097))
      ->capture_default_str();
  app.add_option("--rounds", given.scatter.rounds, "pairs of measurements")
      ->check(CLI::Range(1, 1'000))
      ->capture_default_str();
  app.add_option("--seconds", given.scatter.seconds, "of each measurement")
      ->check(CLI::Range(0.1, 60.0))
      ->capture_default_str();
  app.add_option("--real", given.real, "faces that each shard process holds for real; 0: none does")
      ->check(CLI::Range(0, 10'000'000))
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
  app.add_option("--backup", given.backed_up, "faces in a backup; 0: there is none")
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
