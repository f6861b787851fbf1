// bench_search: our index against the engines that its users would take instead, over the same synthetic faces
// (synthetic_faces.hpp), on pinned cores, in turns in one run. Half of the probes show enrolled persons (mated), half
// strangers (unmated). The truth that recalls are counted against is FAISS's flat index.

#include "bench/report.hpp"
#include "bench/search/kernels.hpp"
#include "bench/search/machine.hpp"
#include "bench/search/measure.hpp"
#include "bench/search/report.hpp"
#include "bench/search/restart.hpp"
#include "bench/search/writes.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <iostream>

namespace {

using namespace rollcall;

struct arguments {
  std::size_t n = 1'000'000;
  std::size_t probes = 200; ///< of each kind
  std::vector<std::string> engines{"quick"};
  bench::measuring how;
  bool writes = false;
  bool restart = false;
  std::string out = "build/bench/search.json";
  std::string plot = "build/bench/search.svg";
};

bool is_wanted(const arguments& given, const bench::engine_kind& kind) {
  return std::any_of(given.engines.begin(), given.engines.end(), [&](const std::string& one) {
    return one == kind.name || one == "all" || (one == "quick" && kind.is_quick);
  });
}

std::vector<const bench::engine_kind*> wanted_kinds(const arguments& given) {
  std::vector<const bench::engine_kind*> kinds;
  for (const auto& kind : bench::engine_kinds()) {
    if (!is_wanted(given, kind))
      continue;
    if (kind.make)
      kinds.push_back(&kind);
    else
      std::printf("%s is not built in; what brings it: %s\n", kind.title.c_str(), kind.missing.c_str());
  }
  return kinds;
}

/// FAISS's flat index gives the truth, wanted or not.
struct built_engines {
  std::vector<bench::built_engine> engines;
  bench::neighbours truth;
};

built_engines build_engines(const arguments& given, const bench::population& all) {
  built_engines made;
  for (const auto* kind : wanted_kinds(given)) {
    made.engines.push_back(bench::build(*kind, all));
    if (kind->name == "faiss-flat")
      made.truth = bench::find_truth(*made.engines.back().engine, all);
  }
  if (made.truth.empty()) {
    const auto flat = bench::make_faiss_flat();
    flat->build(all.references, bench::population::dimension);
    made.truth = bench::find_truth(*flat, all);
  }
  return made;
}

/// Searches for the next probes in a circle, as many as kernels are timed with.
std::function<void()> batches_of(const bench::search_engine& engine, const bench::population& all) {
  return [&engine, &all, next = std::size_t{0}]() mutable {
    if (next + bench::kernel_batch > all.probe_count())
      next = 0;
    (void)engine.search(all.probe(next, bench::kernel_batch), 10);
    next += bench::kernel_batch;
  };
}

bench::search_results compare(const arguments& given, boost::json::object& report) {
  const auto all = bench::population::make(given.n, given.probes);
  const auto new_memory = bench::touch_memory(std::size_t{1} << 30);
  const auto made = build_engines(given, all);
  bench::pin_to(given.how.threads);
  bench::search_results found{given.n, bench::read_bandwidth(), new_memory, {}};
  found.rows = bench::measure(made.engines, all, made.truth, given.how);
  bench::print_rows(found);
  bench::report_rows(found, report);
  const bool has_ours = !made.engines.empty() && made.engines.front().kind->is_ours;
  if (has_ours)
    for (const auto& [key, k] : {std::pair{"proved_share_k10", 10}, std::pair{"proved_share_k100", 100}})
      bench::report_key(report, key,
                        bench::proved_share(*made.engines.front().engine, all, static_cast<std::size_t>(k)));
  const bool has_pairs = has_ours && all.size() == bench::kernel_faces && all.probe_count() >= bench::kernel_batch;
  bench::measure_kernels(report, has_pairs ? batches_of(*made.engines.front().engine, all) : nullptr);
  return found;
}

int run(const arguments& given) {
  auto report = bench::start_report("search");
  if (given.writes)
    bench::measure_writes(bench::population::make(given.n, given.probes), report);
  else if (given.restart)
    bench::measure_restart(given.n, report);
  else {
    const auto found = compare(given, report);
    std::ofstream{given.plot} << bench::draw_rows(found);
  }
  if (const auto written = bench::write_report(report, given.out); !written) {
    std::cerr << "bench_search: " << written.failure().message << '\n';
    return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  bench::give_openblas_its_kernels(argv);
  arguments given;
  std::vector<std::string> names{"quick", "all"};
  for (const auto& kind : bench::engine_kinds())
    names.push_back(kind.name);
  CLI::App app{"Searches by our index and by the engines that could take its place, with the recall beside each time"};
  app.add_option("--n", given.n, "references")->check(CLI::Range(10'000, 30'000'000))->capture_default_str();
  app.add_option("--engines", given.engines, "those to run; `all` with the graphs, which take long to build")
      ->delimiter(',')
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  app.add_option("--threads", given.how.threads, "measure on so many cores, too")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--probes", given.probes, "of enrolled persons, and as many of strangers")
      ->check(CLI::Range(50, 10'000))
      ->capture_default_str();
  app.add_option("--rounds", given.how.rounds, "of all engines")->check(CLI::Range(1, 1'000))->capture_default_str();
  auto* writes = app.add_flag("--writes", given.writes, "only ours: searches while faces are enrolled and deleted");
  app.add_flag("--restart", given.restart, "only ours: from snapshots on disk to the first answer")->excludes(writes);
  app.add_option("--out", given.out, "where the figures go, as JSON")->capture_default_str();
  app.add_option("--plot", given.plot, "where the plot goes, as SVG")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return run(given);
  } catch (const std::exception& failed) {
    std::cerr << "bench_search: " << failed.what() << '\n';
    return 1;
  }
}
