/// What bench_search counts and compares. Pure; any thread.
#pragma once

#include "bench/search/engines.hpp"

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::bench {

/// The share of the first `at` true neighbours that were found, over the probes first, first + step, …
/// Precondition: there is such a probe, and its truth holds `at` rows.
[[nodiscard]] double recall(const neighbours& found, const neighbours& truth, std::size_t first, std::size_t step,
                            std::size_t at);

struct recalls {
  double mated_1 = 0, mated_10 = 0, unmated_1 = 0, unmated_10 = 0;
};

/// Probes lie in turns: mated (the person is enrolled), unmated, mated, …
[[nodiscard]] recalls count_recalls(const neighbours& found, const neighbours& truth);

/// A row of the table: one engine at one effort.
struct search_row {
  std::string engine; ///< as engine_kind::name: rows of one name are one engine
  std::string title;
  std::optional<std::size_t> effort;
  bool is_ours = false;
  unsigned threads = 1;
  recalls found;
  double p50_ms = 0;
  double p99_ms = 0;
  std::size_t singles = 0;             ///< single probes that these are of
  std::map<std::size_t, double> rates; ///< probes a second, by batch
  double build_s = 0;
  double bytes_per_face = 0; ///< resident
  double bytes_scanned = 0;  ///< 0: not all are read
};

/// The fastest row of another engine, on as many threads, at that batch, among those whose recalls are all no less.
/// Null when there is none.
[[nodiscard]] const search_row* best_rival(const std::vector<search_row>& rows, const search_row& of,
                                           std::size_t batch);

/// How many times the best rival's rate that of a row is. None without a rival.
[[nodiscard]] std::optional<double> over_best_rival(const std::vector<search_row>& rows, const search_row& of,
                                                    std::size_t batch);

/// How many times the rate of the fastest row of `rivals` that keeps `floor` of the mated probes' nearest, or where
/// none does of the one that keeps most, our lists' fastest row is that keeps `floor` and no less than that rival's, at
/// that batch on one thread. None where either is missing.
[[nodiscard]] std::optional<double> lists_over(const std::vector<search_row>& rows,
                                               std::initializer_list<std::string_view> rivals, double floor,
                                               std::size_t batch);

} // namespace rollcall::bench
