#include "bench/search/measure.hpp"

#include "bench/figures.hpp"
#include "bench/search/machine.hpp"

#include <omp.h>

#include <algorithm>
#include <array>
#include <set>
#include <thread>

namespace rollcall::bench {

namespace {

constexpr std::size_t k = 10;
constexpr std::array<std::size_t, 4> batches{8, 32, 96, 100};
// Of one engine in one round.
constexpr double single_probes_ms = 1'000;
constexpr double warm_up_ms = 50; // after the others' turns, which leave nothing of it in the caches
constexpr double batch_ms = 60;
constexpr double fewest_singles = 12;
constexpr double most_singles = 200;

/// An engine at one effort and thread count, and the times that it took.
struct runner {
  const built_engine* of;
  std::optional<std::size_t> effort;
  unsigned threads;
  std::vector<double> single_ms;
  std::map<std::size_t, std::vector<double>> rates; ///< by batch, one entry a round
  std::size_t next = 0;                             ///< probe

  void prepare() const {
    if (effort)
      of->engine->set_effort(*effort);
  }
};

/// The next `count` probes in a circle.
std::span<const float> take(runner& one, const population& all, std::size_t count) {
  if (one.next + count > all.probe_count())
    one.next = 0;
  const auto probes = all.probe(one.next, count);
  one.next += count;
  return probes;
}

void search_shared_out(const runner& one, std::span<const float> probes) {
  constexpr auto dimension = population::dimension;
  const auto count = probes.size() / dimension;
  std::vector<std::jthread> others;
  const auto part = [&](unsigned thread) {
    const auto first = count * thread / one.threads;
    const auto last = count * (thread + 1) / one.threads;
    return probes.subspan(first * dimension, (last - first) * dimension);
  };
  for (unsigned thread = 1; thread < one.threads; ++thread)
    others.emplace_back([&, thread] {
      omp_set_num_threads(1);
      (void)one.of->engine->search(part(thread), k);
    });
  (void)one.of->engine->search(part(0), k);
}

void run_singles(runner& one, const population& all) {
  double one_ms = 0;
  for (double warm_ms = 0; warm_ms < warm_up_ms; warm_ms += one_ms)
    one_ms = milliseconds_taken_by([&] { (void)one.of->engine->search(take(one, all, 1), k); });
  const auto count = static_cast<std::size_t>(std::clamp(single_probes_ms / one_ms, fewest_singles, most_singles));
  for (std::size_t i = 0; i < count; ++i) {
    const auto probe = take(one, all, 1);
    one.single_ms.push_back(milliseconds_taken_by([&] { (void)one.of->engine->search(probe, k); }));
  }
}

void run_batches(runner& one, const population& all) {
  for (const auto batch : batches) {
    if (batch == 96 && !one.of->kind->scans_all)
      continue;
    std::size_t done = 0;
    double took = 0;
    while (took < batch_ms) {
      const auto probes = take(one, all, batch);
      took += milliseconds_taken_by([&] { search_shared_out(one, probes); });
      done += batch;
    }
    one.rates[batch].push_back(static_cast<double>(done) / took * 1000);
  }
}

search_row row_of(const runner& one, const population& all, const neighbours& truth) {
  one.prepare();
  search_row row;
  row.engine = one.of->kind->name;
  row.title = one.of->kind->title;
  row.effort = one.effort;
  row.is_ours = one.of->kind->is_ours;
  row.threads = one.threads;
  row.found = count_recalls(one.of->engine->search(all.probes, k).rows, truth);
  row.p50_ms = median(one.single_ms);
  row.p99_ms = quantile(one.single_ms, 0.99);
  row.singles = one.single_ms.size();
  row.rates[1] = 1000 / row.p50_ms;
  for (const auto& [batch, rates] : one.rates)
    row.rates[batch] = median(rates);
  row.build_s = one.of->build_s;
  row.bytes_per_face = one.of->bytes_per_face;
  row.bytes_scanned = one.of->engine->bytes_scanned();
  return row;
}

} // namespace

built_engine build(const engine_kind& kind, const population& all) {
  // All are built in memory that a virtual machine has: else the first ones wait for its host.
  touch_memory(all.references.size() * sizeof(float) * 3 / 2);
  const auto before = resident_bytes();
  built_engine made{&kind, kind.make()};
  made.build_s = milliseconds_taken_by([&] { made.engine->build(all.references, population::dimension); }) / 1000;
  made.engine->learn(all.earlier_probes);
  made.bytes_per_face = static_cast<double>(resident_bytes() - before) / static_cast<double>(all.size());
  std::printf("%s: %zu faces in %.1f s\n", kind.title.c_str(), all.size(), made.build_s);
  std::fflush(stdout);
  return made;
}

neighbours find_truth(const search_engine& exact, const population& all) {
  return exact.search(all.probes, 100).rows;
}

std::vector<search_row> measure(const std::vector<built_engine>& engines, const population& all,
                                const neighbours& truth, measuring how) {
  std::vector<runner> runners;
  for (const unsigned threads : std::set{1U, how.threads})
    for (const auto& one : engines) {
      if (one.kind->efforts.empty())
        runners.push_back({&one, {}, threads, {}, {}});
      for (const auto effort : one.kind->efforts)
        runners.push_back({&one, effort, threads, {}, {}});
    }
  omp_set_num_threads(1);
  for (std::size_t round = 0; round < how.rounds; ++round)
    for (std::size_t turn = 0; turn < runners.size(); ++turn) {
      auto& one = runners[(turn + round) % runners.size()];
      one.prepare();
      run_singles(one, all);
      run_batches(one, all);
    }
  std::vector<search_row> rows;
  for (const auto& one : runners)
    rows.push_back(row_of(one, all, truth));
  return rows;
}

double proved_share(const search_engine& engine, const population& all, std::size_t at) {
  std::size_t proved = 0;
  for (std::size_t p = 0; p < all.probe_count(); ++p)
    proved += engine.search(all.probe(p, 1), at).proved;
  return static_cast<double>(proved) / static_cast<double>(all.probe_count());
}

} // namespace rollcall::bench
