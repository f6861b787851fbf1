#include "shard/merge.hpp"

#include <algorithm>

namespace rollcall::shard {

namespace {

// Where the merge stands in one part's row.
struct cursor {
  const hit* at;
  const hit* end;
};

bool is_behind(const cursor& a, const cursor& b) {
  return is_nearer(*b.at, *a.at);
}

std::vector<hit> merge_row(std::span<const hit_rows> parts, std::size_t probe, std::size_t k) {
  std::vector<cursor> heap;
  for (const auto& part : parts)
    if (const auto& row = part[probe]; !row.empty())
      heap.push_back({row.data(), row.data() + row.size()});
  std::make_heap(heap.begin(), heap.end(), is_behind);

  std::vector<hit> merged;
  while (!heap.empty() && merged.size() < k) {
    std::pop_heap(heap.begin(), heap.end(), is_behind);
    auto& nearest = heap.back();
    if (merged.empty() || merged.back() != *nearest.at)
      merged.push_back(*nearest.at);
    if (++nearest.at == nearest.end)
      heap.pop_back();
    else
      std::push_heap(heap.begin(), heap.end(), is_behind);
  }
  return merged;
}

} // namespace

core::result<hit_rows> merge_hits(std::span<const hit_rows> parts, std::size_t k) {
  if (k == 0)
    return core::fail(core::error_code::invalid_argument, "k is 0.");
  if (parts.empty())
    return hit_rows{};
  const auto probes = parts.front().size();
  if (!std::all_of(parts.begin(), parts.end(), [&](const hit_rows& part) { return part.size() == probes; }))
    return core::fail(core::error_code::invalid_argument, "The parts answer different numbers of probes.");

  hit_rows merged;
  merged.reserve(probes);
  for (std::size_t probe = 0; probe < probes; ++probe)
    merged.push_back(merge_row(parts, probe, k));
  return merged;
}

} // namespace rollcall::shard
