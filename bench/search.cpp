// bench_search: our index against the engines that its users would take instead, over the same synthetic faces
// (synthetic_faces.hpp), on one pinned core, in turns in one run. Half of the probes show enrolled persons (mated),
// half strangers (unmated). The truth that recalls are counted against is FAISS's flat index.

#include "bench/report.hpp"
#include "bench/search_engines.hpp"
#include "bench/synthetic_faces.hpp"

#include <omp.h>
#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <numeric>

namespace {

using namespace rollcall;
namespace json = boost::json;

constexpr auto dimension = bench::synthetic_faces::dimension;

struct arguments {
  std::size_t n = 1'000'000;
  std::size_t probes = 200; ///< of each kind
  std::size_t rounds = 9;
  std::vector<std::string> engines{"ours", "faiss-flat", "faiss-ivf"};
  std::string out = "build/bench/search.json";
};

/// References, and as many probes of enrolled persons as of strangers: mated ones first.
struct population {
  std::vector<float> references;
  std::vector<float> probes;
  std::vector<std::uint32_t> mates; ///< rows of the mated probes' persons
  bench::neighbours truth;          ///< 100 nearest of every probe

  [[nodiscard]] std::size_t probe_count() const { return probes.size() / dimension; }
  [[nodiscard]] std::span<const float> probe(std::size_t first, std::size_t count) const {
    return {probes.data() + first * dimension, count * dimension};
  }
};

struct measured_engine {
  std::unique_ptr<bench::search_engine> engine;
  double build_s = 0;
  std::map<std::size_t, std::vector<double>> batch_ms; ///< by batch size, one entry a batch
};

template <class Work>
double milliseconds(const Work& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

population make_population(const arguments& given) {
  bench::synthetic_faces faces{20'260'101};
  population made;
  made.references.resize(given.n * dimension);
  made.probes.resize(2 * given.probes * dimension);
  const auto row = [](std::vector<float>& of, std::size_t at) {
    return std::span{of.data() + at * dimension, dimension};
  };
  for (std::size_t i = 0; i < given.n; ++i) {
    const auto person = faces.identity();
    faces.photograph(person, row(made.references, i));
    if (made.mates.size() == given.probes || i % (given.n / given.probes) != 0)
      continue;
    faces.photograph(person, row(made.probes, made.mates.size()));
    made.mates.push_back(static_cast<std::uint32_t>(i));
  }
  for (std::size_t i = given.probes; i < 2 * given.probes; ++i)
    faces.photograph(faces.identity(), row(made.probes, i));
  return made;
}

/// In lanes, so that the addition is not what is measured.
std::uint64_t sum_of(std::span<const std::uint64_t> words) {
  constexpr std::size_t lanes = 32;
  std::array<std::uint64_t, lanes> sums{};
  for (std::size_t i = 0; i + lanes <= words.size(); i += lanes)
    for (std::size_t lane = 0; lane < lanes; ++lane)
      sums[lane] += words[i + lane];
  return std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
}

/// GB/s at which one core reads memory: what a scan is bound by.
double read_bandwidth() {
  std::vector<std::uint64_t> words((std::size_t{512} << 20) / sizeof(std::uint64_t), 1);
  constexpr int rounds = 7;
  std::vector<double> times;
  times.reserve(rounds);
  std::uint64_t sum = 0;
  for (int round = 0; round < rounds; ++round)
    times.push_back(milliseconds([&] { sum += sum_of(words); }));
  if (sum != rounds * words.size())
    std::abort();
  return static_cast<double>(words.size() * sizeof(std::uint64_t)) / quantile(times, 0.5) / 1e6;
}

void pin_to_one_core() {
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(0, &one);
  if (sched_setaffinity(0, sizeof one, &one) != 0)
    std::printf("not pinned: the system does not permit it\n");
  omp_set_num_threads(1);
}

/// One pass of all engines over `batch` probes each, in an order that turns.
void run_round(std::vector<measured_engine>& engines, const population& all, std::size_t batch, std::size_t round) {
  for (std::size_t turn = 0; turn < engines.size(); ++turn) {
    auto& one = engines[(turn + round) % engines.size()];
    const auto first = round * batch % (all.probe_count() - batch + 1);
    one.batch_ms[batch].push_back(milliseconds([&] { (void)one.engine->search(all.probe(first, batch), 10); }));
  }
}

double recall(const bench::neighbours& found, const bench::neighbours& truth, std::size_t first, std::size_t count,
              std::size_t at) {
  std::size_t hits = 0;
  for (std::size_t p = first; p < first + count; ++p)
    for (std::size_t i = 0; i < at; ++i)
      hits += std::count(found[p].begin(), found[p].end(), truth[p][i]) > 0 ? 1U : 0U;
  return static_cast<double>(hits) / static_cast<double>(count * at);
}

/// Proved shares, over all probes one by one.
double proved_share(bench::search_engine& engine, const population& all, std::size_t k) {
  std::size_t proved = 0;
  for (std::size_t p = 0; p < all.probe_count(); ++p) {
    (void)engine.search(all.probe(p, 1), k);
    proved += engine.proved();
  }
  return static_cast<double>(proved) / static_cast<double>(all.probe_count());
}

json::object describe(measured_engine& one, const population& all, double flat_ms, double bandwidth) {
  const auto half = all.mates.size();
  const auto found = one.engine->search(all.probes, 10);
  const double p50 = quantile(one.batch_ms.at(1), 0.5);
  const double n = static_cast<double>(all.references.size()) / dimension;
  const double share = one.engine->bytes_scanned() * n / (p50 / 1000) / 1e9 / bandwidth;
  json::object row{{"engine", one.engine->name()},
                   {"n", n},
                   {"k", 10},
                   {"threads", 1},
                   {"p50_ms", p50},
                   {"p99_ms", quantile(one.batch_ms.at(1), 0.99)},
                   {"recall_at_1_mated", recall(found, all.truth, 0, half, 1)},
                   {"recall_at_10_mated", recall(found, all.truth, 0, half, 10)},
                   {"recall_at_10_unmated", recall(found, all.truth, half, half, 10)},
                   {"bytes_per_face", one.engine->bytes_per_face()},
                   {"bytes_scanned", one.engine->bytes_scanned()},
                   {"bandwidth_share", share},
                   {"build_s", one.build_s},
                   {"debian_flat_over_this", flat_ms / p50}};
  std::printf("%-26s %8.2f %8.2f", one.engine->name().c_str(), p50, quantile(one.batch_ms.at(1), 0.99));
  for (const auto& [batch, times] : one.batch_ms) {
    const double rate = static_cast<double>(batch) / quantile(times, 0.5) * 1000;
    row["probes_per_s_batch_" + std::to_string(batch)] = rate;
    std::printf(" %8.0f", rate);
  }
  std::printf("   %6.4f %6.4f %6.4f %8.0f %7.2f %7.1f %8.1f\n", row["recall_at_1_mated"].as_double(),
              row["recall_at_10_mated"].as_double(), row["recall_at_10_unmated"].as_double(),
              one.engine->bytes_per_face(), share, one.build_s, flat_ms / p50);
  return row;
}

std::vector<measured_engine> build_engines(const arguments& given, population& all) {
  std::vector<measured_engine> engines;
  const auto wants = [&](const char* name) {
    return std::find(given.engines.begin(), given.engines.end(), name) != given.engines.end();
  };
  engines.push_back({bench::make_faiss_flat(), 0, {}}); // the truth, in any case
  if (wants("ours"))
    engines.push_back({bench::make_ours(), 0, {}});
  if (wants("faiss-ivf"))
    for (const std::size_t probed : {64, 256})
      engines.push_back({bench::make_faiss_ivf(probed), 0, {}});
  for (auto& one : engines) {
    one.build_s = milliseconds([&] { one.engine->build(all.references, dimension); }) / 1000;
    std::printf("built: %s, %.1f s\n", one.engine->name().c_str(), one.build_s);
    std::fflush(stdout);
  }
  all.truth = engines.front().engine->search(all.probes, 100);
  return engines;
}

int run(const arguments& given) {
  auto report = bench::start_report("search");
  auto all = make_population(given);
  auto engines = build_engines(given, all);
  pin_to_one_core();
  const double bandwidth = read_bandwidth();
  for (const std::size_t batch : {1, 8, 32, 100})
    for (std::size_t round = 0; round < (batch == 1 ? 5 * given.rounds : given.rounds); ++round)
      run_round(engines, all, batch, round);
  std::printf("\n%zu faces, one core, k = 10; one core reads %.1f GB/s\n%-26s %8s %8s %8s %8s %8s %8s   %6s %6s %6s "
              "%8s %7s %7s %8s\n",
              given.n, bandwidth, "", "p50 ms", "p99 ms", "1/s", "by 8", "by 32", "by 100", "@1", "@10", "@10 un.",
              "B/face", "of mem.", "build s", "x flat");
  const double flat_ms = quantile(engines.front().batch_ms.at(1), 0.5);
  const double flat_32_ms = quantile(engines.front().batch_ms.at(32), 0.5);
  json::array rows;
  for (auto& one : engines) {
    rows.push_back(describe(one, all, flat_ms, bandwidth));
    if (one.engine->name() != "rollcall exact")
      continue;
    report["exact_bandwidth_share"] = rows.back().as_object().at("bandwidth_share");
    report["exact_vs_debian_flat"] = rows.back().as_object().at("debian_flat_over_this");
    report["batch32_vs_debian_flat"] = flat_32_ms / quantile(one.batch_ms.at(32), 0.5);
    report["build_exact_s"] = one.build_s;
    report["proved_share_k10"] = proved_share(*one.engine, all, 10);
    report["proved_share_k100"] = proved_share(*one.engine, all, 100);
  }
  report["n"] = given.n;
  report["memory_gb_per_s"] = bandwidth;
  report["rows"] = std::move(rows);
  for (const auto* key : {"exact_bandwidth_share", "exact_vs_debian_flat", "batch32_vs_debian_flat", "build_exact_s",
                          "proved_share_k10", "proved_share_k100"})
    if (report.contains(key))
      std::printf("%-24s %.4g\n", key, report[key].to_number<double>());
  if (const auto written = bench::write_report(report, given.out); !written) {
    std::cerr << "bench_search: " << written.failure().message << '\n';
    return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"Searches by our index and by the engines that could take its place, with the recall beside each time"};
  app.add_option("--n", given.n, "references")->check(CLI::Range(10'000, 30'000'000))->capture_default_str();
  app.add_option("--engines", given.engines, "ours, faiss-flat, faiss-ivf")
      ->delimiter(',')
      ->check(CLI::IsMember({"ours", "faiss-flat", "faiss-ivf"}));
  app.add_option("--probes", given.probes, "of enrolled persons, and as many of strangers")
      ->check(CLI::Range(50, 10'000))
      ->capture_default_str();
  app.add_option("--rounds", given.rounds, "batches per figure")->check(CLI::Range(3, 1'000))->capture_default_str();
  app.add_option("--out", given.out, "where the figures go, as JSON");
  CLI11_PARSE(app, argc, argv);
  return run(given);
}
