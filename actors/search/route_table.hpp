/// The SHARD actors that a COORDINATOR knows, by indexes that stay theirs, and which of them answer for a partition. A
/// plain class, part of the COORDINATOR's state.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/search/gathering.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::actors {

class route_table {
public:
  route_table() = default;
  /// Fixed: `own` only, whose indexes `replicas` names.
  route_table(std::vector<shard_actor> own, replica_lookup replicas)
      : shards_(std::move(own)), own_(shards_.size()), replicas_(std::move(replicas)) {}

  /// A cluster's routes in place of those before. Gives the SHARD actors that are new.
  std::vector<shard_actor> follow(const cluster_routes& routes) {
    std::vector<shard_actor> added;
    std::map<partition_key, std::vector<std::size_t>> replicas;
    for (const auto& [key, nodes] : routes.replicas)
      for (const auto& node : nodes)
        if (const auto held = routes.shards.find(node); held != routes.shards.end())
          replicas[key].push_back(index_of(node, held->second, added));
    last_.clear();
    for (const auto& node : routes.fenced)
      if (const auto held = routes.shards.find(node); held != routes.shards.end())
        last_.insert(index_of(node, held->second, added));
    replicas_ = [by_key = std::move(replicas)](core::collection_key collection, std::uint32_t partition) {
      const auto found = by_key.find({collection, partition});
      return found == by_key.end() ? std::vector<std::size_t>{} : found->second;
    };
    return added;
  }

  /// True when somebody answers for each partition.
  [[nodiscard]] bool covers(core::collection_key collection, const store::partition_range& partitions) const {
    for (std::uint32_t at = 0; at < partitions.count; ++at)
      if (replicas_(collection, partitions.first + at).empty())
        return false;
    return true;
  }

  [[nodiscard]] const replica_lookup& replicas() const noexcept { return replicas_; }
  /// Those to be asked when no other can be.
  [[nodiscard]] const std::set<std::size_t>& last() const noexcept { return last_; }
  [[nodiscard]] const shard_actor& at(std::size_t index) const { return shards_[index]; }
  [[nodiscard]] std::size_t size() const noexcept { return shards_.size(); }
  [[nodiscard]] std::size_t own() const noexcept { return own_; } ///< the first ones are this node's

private:
  std::size_t index_of(const std::string& node, const shard_actor& held, std::vector<shard_actor>& added) {
    for (std::size_t index = 0; index < own_; ++index)
      if (shards_[index] == held)
        return index;
    const auto known = indexes_.find(node);
    if (known != indexes_.end() && shards_[known->second] == held)
      return known->second;
    added.push_back(held);
    shards_.push_back(held);
    return indexes_[node] = shards_.size() - 1;
  }

  std::vector<shard_actor> shards_; ///< only ever grows: running queries know them by index
  std::size_t own_ = 0;
  std::map<std::string, std::size_t> indexes_;
  replica_lookup replicas_;
  std::set<std::size_t> last_;
};

} // namespace rollcall::actors
