#include "actors/cluster/replica_tally.hpp"

#include <algorithm>

namespace rollcall::actors {

replica_tally::replica_tally(std::span<const store::node_record> nodes, std::span<const store::placement> placements,
                             std::size_t replicas) {
  const auto shards = std::count_if(nodes.begin(), nodes.end(), [](const auto& node) {
    return node.state != store::node_state::draining && has_role(node.roles, store::node_role::shard);
  });
  wanted_ = std::min(replicas, std::max<std::size_t>(static_cast<std::size_t>(shards), 1));
  for (const auto& one : placements)
    answering_[{one.collection, one.partition}] += one.state == store::placement_state::loading ? 0 : 1;
}

std::size_t replica_tally::answering(const partition_key& partition) const {
  const auto found = answering_.find(partition);
  return found == answering_.end() ? 0 : found->second;
}

std::size_t replica_tally::missing(const partition_key& partition) const {
  return wanted_ - std::min(wanted_, answering(partition));
}

std::size_t replica_tally::missing(std::span<const partition_key> partitions) const {
  std::size_t sum = 0;
  for (const auto& one : partitions)
    sum += missing(one);
  return sum;
}

} // namespace rollcall::actors
