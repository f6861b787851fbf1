#include "actors/storing/mutation_push.hpp"

#include "actors/search/placement.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::actors {

std::vector<shard_push> split_by_shard(std::vector<core::mutation_batch> mutations,
                                       const std::vector<drop_request>& dropped, std::uint32_t shards) {
  std::map<std::uint32_t, shard_push> by_index;
  for (auto& batch : mutations) {
    const auto index = shard_of(batch.partition, shards);
    by_index[index].apply.batches.push_back(std::move(batch));
  }
  for (const auto& drop : dropped)
    for (std::uint32_t index = 0; index < shards; ++index)
      by_index[index].drops.push_back(drop);

  std::vector<shard_push> pushes;
  for (auto& [index, push] : by_index) {
    push.index = index;
    pushes.push_back(std::move(push));
  }
  return pushes;
}

std::vector<node_push> split_by_holder(const std::vector<core::mutation_batch>& mutations,
                                       const std::vector<partition_holder>& holders) {
  std::map<std::string, node_push> by_node;
  for (const auto& batch : mutations)
    for (const auto& holder : holders) {
      if (holder.key != partition_key{batch.collection, batch.partition})
        continue;
      auto& push = by_node[holder.node];
      push.lease = std::max(push.lease, holder.lease);
      push.lease_number = holder.lease_number;
      push.apply.batches.push_back(batch);
    }
  std::vector<node_push> pushes;
  for (auto& [node, push] : by_node) {
    push.node = node;
    pushes.push_back(std::move(push));
  }
  return pushes;
}

bool confirmations::confirm(std::uint64_t write, std::uint32_t index, bool is_known) {
  const auto found = missing_.find(write);
  if (found == missing_.end())
    return false;
  auto& indexes = found->second;
  const auto at = std::find(indexes.begin(), indexes.end(), index);
  if (at == indexes.end())
    return false;
  indexes.erase(at);
  if (!is_known)
    unknown_[write] = true;
  if (!indexes.empty())
    return false;
  missing_.erase(found);
  return true;
}

std::vector<std::uint64_t> confirmations::forget_shard(std::uint32_t index) {
  std::vector<std::uint64_t> complete;
  for (auto at = missing_.begin(); at != missing_.end();) {
    std::erase(at->second, index);
    if (!at->second.empty()) {
      ++at;
      continue;
    }
    complete.push_back(at->first);
    at = missing_.erase(at);
  }
  return complete;
}

bool confirmations::is_missing(std::uint64_t write, std::uint32_t index) const {
  const auto found = missing_.find(write);
  return found != missing_.end() && std::find(found->second.begin(), found->second.end(), index) != found->second.end();
}

bool confirmations::take(std::uint64_t write) {
  return unknown_.erase(write) == 0;
}

} // namespace rollcall::actors
