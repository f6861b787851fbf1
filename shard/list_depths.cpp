#include "shard/list_depths.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::shard {

namespace {

constexpr double per_octave = 4;
constexpr std::size_t most_seen = 8'192;

} // namespace

void list_depths::note(std::size_t nearer) noexcept {
  const auto bucket = std::ceil(per_octave * std::log2(static_cast<double>(nearer + 1)));
  counts_[std::min(static_cast<std::size_t>(bucket), buckets - 1)].fetch_add(1, std::memory_order_relaxed);
  if (seen() <= most_seen)
    return;
  for (auto& each : counts_)
    each.store(each.load(std::memory_order_relaxed) / 2, std::memory_order_relaxed);
}

std::size_t list_depths::seen() const noexcept {
  std::size_t sum = 0;
  for (const auto& each : counts_)
    sum += each.load(std::memory_order_relaxed);
  return sum;
}

std::optional<std::size_t> list_depths::within(double recall) const noexcept {
  const auto all = seen();
  if (all < least_seen)
    return std::nullopt;
  const double wanted = (recall + (1 - recall) / 2) * static_cast<double>(all);
  std::size_t met = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    met += counts_[bucket].load(std::memory_order_relaxed);
    if (static_cast<double>(met) >= wanted)
      return static_cast<std::size_t>(std::exp2(static_cast<double>(bucket) / per_octave));
  }
  return std::nullopt;
}

} // namespace rollcall::shard
