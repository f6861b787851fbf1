#include "shard/lists/recall_meter.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::shard {

void recall_meter::offer(const search_request& request, const search_answer& answer) {
  const bool is_part = std::any_of(answer.partitions.begin(), answer.partitions.end(),
                                   [](const auto& each) { return each.exact == exactness::approximate; });
  if (!is_part || offered_.fetch_add(1, std::memory_order_relaxed) % one_in != 0)
    return;
  auto kept = request;
  kept.probes.resize(kept.dimension);
  kept.recall_floor = proved_recall;
  sampled_search sample{std::move(kept), answer.rows.front(), {}};
  for (const auto& each : answer.partitions)
    sample.seqs.push_back(each.seq);
  const std::lock_guard lock(mutex_);
  if (waiting_.size() < most_waiting)
    waiting_.push_back(std::move(sample));
}

std::optional<sampled_search> recall_meter::take() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty())
    return std::nullopt;
  auto sample = std::move(waiting_.back());
  waiting_.pop_back();
  return sample;
}

void recall_meter::count(const hit& nearest, const std::vector<hit>& found) noexcept {
  met_ += !found.empty() && found.front() == nearest ? 1 : 0;
  ++searches_;
}

recall_estimate recall_meter::estimate() const noexcept {
  constexpr double z = 1.959964; // that 0.95 of a normal distribution lie within
  const auto searches = searches_.load();
  if (searches == 0)
    return {};
  const auto n = static_cast<double>(searches);
  const double share = static_cast<double>(std::min(met_.load(), searches)) / n;
  const double centre = share + z * z / (2 * n);
  const double reach = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
  const double whole = 1 + z * z / n;
  return {share, std::max(0.0, (centre - reach) / whole), std::min(1.0, (centre + reach) / whole), searches};
}

} // namespace rollcall::shard
