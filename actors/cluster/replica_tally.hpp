/// Replicas that are wanted and do not answer: what the metric, operators' tables and the doubling of partitions count.
/// Pure values.
#pragma once

#include "actors/search/placement.hpp"
#include "store/membership.hpp"

#include <map>
#include <span>

namespace rollcall::actors {

class replica_tally {
public:
  /// `replicas`: as the settings want them of each partition.
  replica_tally(std::span<const store::node_record> nodes, std::span<const store::placement> placements,
                std::size_t replicas);

  /// Of each partition, in [1, replicas]: as many as there are shards. One that was given up is still counted, until it
  /// is removed, one that is drained is not.
  [[nodiscard]] std::size_t wanted() const noexcept { return wanted_; }
  /// Those that hold the partition and are not loading it.
  [[nodiscard]] std::size_t answering(const partition_key& partition) const;
  [[nodiscard]] std::size_t missing(const partition_key& partition) const;
  [[nodiscard]] std::size_t missing(std::span<const partition_key> partitions) const;

private:
  std::size_t wanted_;
  std::map<partition_key, std::size_t> answering_;
};

} // namespace rollcall::actors
