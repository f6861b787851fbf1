/// The table, the figures and the plot of bench_search.
#pragma once

#include "bench/search/figures.hpp"

#include <boost/json/object.hpp>

namespace rollcall::bench {

/// What a run found. `k` is 10.
struct search_results {
  std::size_t n = 0;
  double gb_per_s = 0;       ///< that one core reads
  double touch_gb_per_s = 0; ///< that it is given, when it touches memory for the first time
  std::vector<search_row> rows;
};

/// Puts a key into `report`, and prints it.
void report_key(boost::json::object& report, const char* key, double value);

/// Prints the table.
void print_rows(const search_results& found);

/// Puts `rows` and the keys that follow from them into `report`, and prints the latter.
void report_rows(const search_results& found, boost::json::object& report);

/// An SVG of probes a second over recall, one by one and in batches of 32.
[[nodiscard]] std::string draw_rows(const search_results& found);

} // namespace rollcall::bench
