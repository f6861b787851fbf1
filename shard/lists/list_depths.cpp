#include "shard/lists/list_depths.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::shard {

namespace {

constexpr double per_octave = 4;
constexpr std::size_t most_seen = 8'192;

template <class Histogram>
std::size_t sum_of(const Histogram& counts) noexcept {
  std::size_t sum = 0;
  for (const auto& each : counts)
    sum += each.load(std::memory_order_relaxed);
  return sum;
}

} // namespace

void list_depths::note(nearest_to what, std::size_t nearer) noexcept {
  auto& counts = what == nearest_to::probe ? near_probes_ : near_references_;
  const auto bucket = std::ceil(per_octave * std::log2(static_cast<double>(nearer + 1)));
  counts[std::min(static_cast<std::size_t>(bucket), buckets - 1)].fetch_add(1, std::memory_order_relaxed);
  if (sum_of(counts) <= most_seen)
    return;
  for (auto& each : counts)
    each.store(each.load(std::memory_order_relaxed) / 2, std::memory_order_relaxed);
}

std::size_t list_depths::seen(nearest_to what) const noexcept {
  return sum_of(what == nearest_to::probe ? near_probes_ : near_references_);
}

bool list_depths::is_known() const noexcept {
  return std::max(seen(nearest_to::probe), seen(nearest_to::reference)) >= least_seen;
}

std::optional<std::size_t> list_depths::within(double recall) const noexcept {
  if (!is_known())
    return std::nullopt;
  const auto& counts = seen(nearest_to::probe) >= least_seen ? near_probes_ : near_references_;
  const double wanted = (recall + (1 - recall) / 2) * static_cast<double>(sum_of(counts));
  std::size_t met = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    met += counts[bucket].load(std::memory_order_relaxed);
    if (static_cast<double>(met) >= wanted)
      return static_cast<std::size_t>(std::exp2(static_cast<double>(bucket) / per_octave));
  }
  return std::nullopt;
}

} // namespace rollcall::shard
