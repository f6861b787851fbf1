/// What a node did between two looks at its figures (nodes/figures.hpp). Pure.
#pragma once

#include <boost/json/object.hpp>

#include <optional>

namespace rollcall::cli {

struct node_rates {
  double requests = 0; ///< answered, a second
  double failed = 0;   ///< of them, with an error
  double refused = 0;  ///< for load, a second
  /// The times that half and 99 of 100 of them took at most, in milliseconds, interpolated within a bucket; none when
  /// there were none.
  std::optional<double> p50_ms;
  std::optional<double> p99_ms;
};

/// None when the figures are the same ones, or the process was started anew between them.
[[nodiscard]] std::optional<node_rates> rates_between(const boost::json::object& before,
                                                      const boost::json::object& after);

} // namespace rollcall::cli
