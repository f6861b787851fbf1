#include "actors/replica/memory_watch.hpp"

#include <algorithm>
#include <cstdio>

namespace rollcall::actors {

namespace {

constexpr std::uint64_t mib = 1'024 * 1'024;
constexpr std::uint64_t least_margin = 64 * mib;

std::string in_mib(std::uint64_t bytes) {
  char text[32];
  static_cast<void>(std::snprintf(text, sizeof text, "%.1f MiB", static_cast<double>(bytes) / mib));
  return text;
}

core::error full(const std::string& node, const store::memory_report& of) {
  return core::fail(core::error_code::over_budget,
                    "The node " + node + " takes no more references: they use " + in_mib(of.used_bytes) + " of the "
                        + in_mib(of.budget_bytes) + " that search.memory_budget gives them, of which "
                        + in_mib(memory_margin(of.budget_bytes))
                        + " are kept free. Add a node, raise search.memory_budget, keep embeddings in files "
                          "(snapshots.references in a cluster), or delete faces.");
}

} // namespace

std::uint64_t memory_margin(std::uint64_t budget_bytes) noexcept {
  return std::max(budget_bytes / 16, std::min(least_margin, budget_bytes / 4));
}

bool is_full(const store::memory_report& node) noexcept {
  return node.budget_bytes > 0 && node.used_bytes >= node.budget_bytes - memory_margin(node.budget_bytes);
}

memory_watch::memory_watch(std::string self, std::uint64_t budget_bytes)
    : self_(std::move(self)), budget_(budget_bytes) {}

void memory_watch::count(std::function<std::uint64_t()> used) {
  const std::lock_guard lock(mutex_);
  counted_.push_back(std::move(used));
}

store::memory_report memory_watch::here() const {
  const std::lock_guard lock(mutex_);
  store::memory_report sum{0, budget_};
  for (const auto& used : counted_)
    sum.used_bytes += used();
  return sum;
}

void memory_watch::see(const std::vector<store::node_record>& nodes) {
  std::map<std::string, store::memory_report> others;
  for (const auto& node : nodes)
    if (node.name != self_ && node.state != store::node_state::dead)
      others.emplace(node.name, node.memory);
  const std::lock_guard lock(mutex_);
  others_ = std::move(others);
}

void memory_watch::learn(const store::cluster_map& map) {
  std::map<core::collection_key, std::vector<held_partition>> held;
  for (const auto& one : map.placements)
    held[one.collection].emplace_back(one.partition, one.node);
  const std::lock_guard lock(mutex_);
  held_ = std::move(held);
}

core::status memory_watch::find_room(core::collection_key collection, store::partition_range range,
                                     std::span<const std::uint32_t> partitions) const {
  const auto own = here();
  const std::lock_guard lock(mutex_);
  if (!held_)
    return is_full(own) ? core::status{full(self_, own)} : core::nothing{};
  const auto found = held_->find(collection);
  if (found == held_->end())
    return core::nothing{};
  for (const auto& [partition, node] : found->second) {
    const bool is_elsewhere = range.contains(partition) && !partitions.empty()
                              && std::find(partitions.begin(), partitions.end(), partition) == partitions.end();
    const auto other = others_.find(node);
    const auto& told = node == self_ ? own : other == others_.end() ? store::memory_report{} : other->second;
    if (!is_elsewhere && is_full(told))
      return full(node, told);
  }
  return core::nothing{};
}

} // namespace rollcall::actors
