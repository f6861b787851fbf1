/// Who must confirm a committed write before it is acknowledged, as a plain class. Part of the STORE actor's state.
#pragma once

#include "actors/interfaces.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rollcall::actors {

/// The message for one SHARD actor.
struct shard_push {
  std::uint32_t index = 0;
  apply_request apply;             ///< no batches: nothing to apply
  std::vector<drop_request> drops; ///< after `apply`
};

/// Splits a write's mutations by the SHARD actor that holds each partition; what is dropped goes to all. Ascending by
/// index, batches in their order.
[[nodiscard]] std::vector<shard_push> split_by_shard(std::vector<core::mutation_batch> mutations,
                                                     const std::vector<drop_request>& dropped, std::uint32_t shards);

/// Who may call answers of a partition current, and for how long.
struct partition_holder {
  partition_key key;
  std::string node;
  std::chrono::milliseconds lease{0};
  std::uint64_t lease_number = 0;
};

/// What a node of a cluster is told of a write.
struct node_push {
  std::string node;
  std::chrono::milliseconds lease{0}; ///< the longest of its partitions'
  std::uint64_t lease_number = 0;
  apply_request apply;
};

/// Splits a write's mutations by the nodes that hold each partition; each gets all of its partitions. By node, batches
/// in their order.
[[nodiscard]] std::vector<node_push> split_by_holder(const std::vector<core::mutation_batch>& mutations,
                                                     const std::vector<partition_holder>& holders);

/// Confirmations still missing, by write.
class confirmations {
public:
  /// Waits for one more confirmation of `write` by the SHARD actor `index`.
  void expect(std::uint64_t write, std::uint32_t index) { missing_[write].push_back(index); }

  /// Takes note of one confirmation, or of one that will never come (`is_known` false). True when it was the last.
  [[nodiscard]] bool confirm(std::uint64_t write, std::uint32_t index, bool is_known);

  /// The SHARD actor is down and serves nobody: nothing more is awaited from it. Returns the writes that thereby are
  /// complete.
  [[nodiscard]] std::vector<std::uint64_t> forget_shard(std::uint32_t index);

  /// Ends a complete write: true when every confirmation came.
  [[nodiscard]] bool take(std::uint64_t write);

  [[nodiscard]] bool is_waiting(std::uint64_t write) const { return missing_.contains(write); }
  [[nodiscard]] bool is_missing(std::uint64_t write, std::uint32_t index) const;

private:
  std::map<std::uint64_t, std::vector<std::uint32_t>> missing_; ///< indexes, one entry per message
  std::map<std::uint64_t, bool> unknown_;
};

} // namespace rollcall::actors
