#include "nodes/cli/node_rates.hpp"

#include "nodes/cli/client.hpp"

#include <limits>
#include <map>

namespace rollcall::cli {

namespace {

using distribution = std::map<double, double>; ///< how many, by the upper end of their bucket

distribution times_of(const json::object& figures) {
  distribution times;
  for (const auto& each : array_at(figures, "seconds")) {
    const auto* pair = each.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->at(1).is_number())
      continue;
    const auto& end = pair->front();
    times[end.is_number() ? end.to_number<double>() : std::numeric_limits<double>::infinity()] =
        pair->at(1).to_number<double>();
  }
  return times;
}

// The time that `share` of all took at most, evenly spread within a bucket; of the open one its beginning.
std::optional<double> quantile_ms(const distribution& times, double share) {
  double all = 0;
  for (const auto& [end, count] : times)
    all += count;
  if (all <= 0)
    return std::nullopt;
  double left = share * all;
  double begin = 0;
  for (const auto& [end, count] : times) {
    if (count >= left && count > 0)
      return 1'000 * (end < std::numeric_limits<double>::infinity() ? begin + (end - begin) * left / count : begin);
    left -= count;
    begin = end;
  }
  return 1'000 * begin;
}

} // namespace

std::optional<node_rates> rates_between(const json::object& before, const json::object& after) {
  const auto span = (number_at(after, "up_ms") - number_at(before, "up_ms")) / 1'000;
  if (span <= 0)
    return std::nullopt;
  const auto rate = [&](std::string_view key) { return (number_at(after, key) - number_at(before, key)) / span; };
  auto times = times_of(after);
  for (const auto& [end, count] : times_of(before))
    times[end] -= count;
  return node_rates{rate("requests"), rate("failed"), rate("refused"), quantile_ms(times, 0.5),
                    quantile_ms(times, 0.99)};
}

} // namespace rollcall::cli
