/// Builds engines and times their searches in turns.
#pragma once

#include "bench/search/figures.hpp"
#include "bench/search/population.hpp"

namespace rollcall::bench {

/// An engine that holds the population.
struct built_engine {
  const engine_kind* kind = nullptr;
  std::unique_ptr<search_engine> engine;
  double build_s = 0;
  double bytes_per_face = 0; ///< what it added to the memory of this process
};
[[nodiscard]] built_engine build(const engine_kind& kind, const population& all);

/// The k = 100 nearest of every probe, by an engine that is exact.
[[nodiscard]] neighbours find_truth(const search_engine& exact, const population& all);

/// A row for each engine, effort and thread count. Every round runs all of them in an order that turns: some dozens to
/// hundreds of single probes, then batches of 8, 32, 100 and, where all references are scanned, of 96. Rates are
/// medians over the rounds, p50 and p99 of all single probes. With two or more threads, these share a batch's probes
/// out; single probes stay on one.
struct measuring {
  std::size_t rounds = 9;
  unsigned threads = 1; ///< 1, and this many, are measured
};
[[nodiscard]] std::vector<search_row> measure(const std::vector<built_engine>& engines, const population& all,
                                              const neighbours& truth, measuring how);

/// The share of the probes, asked one by one, whose answer was proved exact.
[[nodiscard]] double proved_share(const search_engine& engine, const population& all, std::size_t k);

} // namespace rollcall::bench
