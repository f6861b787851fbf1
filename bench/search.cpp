// bench_search: the flat index against FAISS's IndexFlatIP, in turns in one run: one probe, and batches of 32, with the
// recall beside each time. Half of the probes are other pictures of enrolled faces (cosine about 0.6), half strangers.
//
// Ours searches on one thread. FAISS runs as installed: batches take all cores through its BLAS.

#include "bench/report.hpp"
#include "shard/coded_index.hpp"
#include "tests/support/random_references.hpp"

#include <faiss/IndexFlat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace rollcall;

constexpr std::size_t k = 10;
constexpr std::size_t batch = 32;

struct arguments {
  std::vector<std::size_t> sizes{10'000, 100'000};
  std::size_t dimension = 512;
  std::size_t rounds = 41;
  std::string out = "build/bench/search.json";
};

/// The same references in both indexes; FAISS knows them by their place in `ids`.
struct contestants {
  shard::coded_index ours;
  faiss::IndexFlatIP theirs;
  std::vector<core::uuid> ids;
  std::vector<std::vector<float>> faces; ///< those that have a mated probe

  explicit contestants(std::size_t dimension) : ours(dimension), theirs(static_cast<faiss::Index::idx_t>(dimension)) {}
};

/// Milliseconds of each round, and how much of FAISS's answer was found.
struct timing {
  std::vector<double> ours_ms;
  std::vector<double> theirs_ms;
  std::size_t found = 0;
  std::size_t wanted = 0;
};

template <class Work>
double milliseconds(const Work& work) {
  const auto started = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - started).count();
}

double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

bool enrol(contestants& both, std::size_t count, testing::random_references& random) {
  for (std::size_t at = 0; at < count; ++at) {
    const auto face = random.embedding(both.ours.dimension());
    both.ids.push_back(random.id());
    if (!both.ours.upsert(both.ids.back(), face))
      return false;
    both.theirs.add(1, face.data());
    if (both.faces.size() < 1'000)
      both.faces.push_back(face);
  }
  return true;
}

std::vector<float> make_probes(const contestants& both, std::size_t count, testing::random_references& random) {
  std::vector<float> values;
  for (std::size_t p = 0; p < count; ++p) {
    const auto probe = random.below(2) == 0 ? random.near(both.faces[random.below(both.faces.size())], 0.6F)
                                            : random.embedding(both.ours.dimension());
    values.insert(values.end(), probe.begin(), probe.end());
  }
  return values;
}

// One round: both search the same probes, in an order that alternates.
void run_round(const contestants& both, std::size_t probes, bool ours_first, testing::random_references& random,
               timing& into) {
  const auto values = make_probes(both, probes, random);
  shard::index_answer answer;
  std::vector<float> cosines(probes * k);
  std::vector<faiss::Index::idx_t> labels(probes * k);
  const auto run_ours = [&] {
    into.ours_ms.push_back(milliseconds([&] {
      const auto matrix = shard::probe_matrix::make(values, both.ours.dimension());
      answer = shard::search_index(both.ours, *matrix, k, -2);
    }));
  };
  if (ours_first)
    run_ours();
  into.theirs_ms.push_back(milliseconds([&] {
    both.theirs.search(static_cast<faiss::Index::idx_t>(probes), values.data(), k, cosines.data(), labels.data());
  }));
  if (!ours_first)
    run_ours();
  for (std::size_t p = 0; p < probes; ++p)
    for (std::size_t at = 0; at < k; ++at) {
      const auto& id = both.ids[static_cast<std::size_t>(labels[p * k + at])];
      const auto& row = answer.rows[p];
      into.found += std::any_of(row.begin(), row.end(), [&](const shard::hit& one) { return one.id == id; }) ? 1U : 0U;
      ++into.wanted;
    }
}

boost::json::object measure(const contestants& both, std::size_t probes, std::size_t rounds,
                            testing::random_references& random) {
  timing warm_up;
  run_round(both, probes, true, random, warm_up);
  timing measured;
  for (std::size_t round = 0; round < rounds; ++round)
    run_round(both, probes, round % 2 == 0, random, measured);
  const auto ours = percentile(measured.ours_ms, 0.5);
  const auto theirs = percentile(measured.theirs_ms, 0.5);
  const auto recall = static_cast<double>(measured.found) / static_cast<double>(measured.wanted);
  std::printf("%8zu %7zu %10.2f %10.2f %10.2f %10.2f %8.2f %10.4f\n", both.ours.size(), probes, ours,
              percentile(measured.ours_ms, 0.99), theirs, percentile(measured.theirs_ms, 0.99), theirs / ours, recall);
  return {{"faces", both.ours.size()},
          {"probes", probes},
          {"p50_ms", ours},
          {"p99_ms", percentile(measured.ours_ms, 0.99)},
          {"faiss_p50_ms", theirs},
          {"faiss_p99_ms", percentile(measured.theirs_ms, 0.99)},
          {"faiss_over_ours", theirs / ours},
          {"recall_at_10", recall}};
}

int run(const arguments& given) {
  auto report = bench::start_report("search");
  report["index"] = "flat";
  report["dimension"] = given.dimension;
  report["rounds"] = given.rounds;
  boost::json::array rows;
  std::printf("%8s %7s %10s %10s %10s %10s %8s %10s\n", "faces", "probes", "p50 ms", "p99 ms", "faiss p50", "faiss p99",
              "ratio", "recall@10");
  for (const auto size : given.sizes) {
    testing::random_references random(size);
    contestants both(given.dimension);
    if (!enrol(both, size, random)) {
      std::cerr << "bench_search: the index refuses a face\n";
      return 1;
    }
    for (const auto probes : {std::size_t{1}, batch})
      rows.push_back(measure(both, probes, given.rounds, random));
  }
  report["searches"] = std::move(rows);
  if (const auto written = bench::write_report(report, given.out); !written) {
    std::cerr << "bench_search: " << written.failure().message << '\n';
    return 1;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  arguments given;
  CLI::App app{"The exact search against FAISS's, with the recall beside it"};
  app.add_option("--faces", given.sizes, "gallery sizes")
      ->check(CLI::Range(std::size_t{1'000}, std::size_t{10'000'000}));
  app.add_option("--dimension", given.dimension, "of an embedding")->check(CLI::Range(1, 4'096));
  app.add_option("--rounds", given.rounds, "searches per figure")->check(CLI::Range(1, 10'000));
  app.add_option("--out", given.out, "where the figures go, as JSON");
  CLI11_PARSE(app, argc, argv);
  return run(given);
}
