/// What the references that this node holds take and may take, and which nodes of its cluster are full. Writers ask
/// before they commit, so that what was committed always fits. Thread-safe.
#pragma once

#include "actors/interfaces.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::actors {

/// The part of a budget that is kept free for what commits before the next heartbeat shows it: a sixteenth, and at
/// least 64 MiB, which is what 20'000 faces a second (3 KB each) add in a second; but no more than a quarter.
[[nodiscard]] std::uint64_t memory_margin(std::uint64_t budget_bytes) noexcept;

/// Whether a node takes no more references. Without a budget: never.
[[nodiscard]] bool is_full(const store::memory_report& node) noexcept;

class memory_watch {
public:
  /// `budget_bytes`: of the node `self`; 0: it has none.
  memory_watch(std::string self, std::uint64_t budget_bytes);

  /// Adds what `used` gives, in bytes, whenever it is asked for; from any thread.
  void count(std::function<std::uint64_t()> used);
  /// This node's.
  [[nodiscard]] store::memory_report here() const;

  /// A cluster's nodes as they told last, and its map. Without a map this node holds everything.
  void see(const std::vector<store::node_record>& nodes);
  void learn(const store::cluster_map& map);

  /// Whether each node that holds one of these `partitions` takes more references. `partitions` are of `range`; none:
  /// any of it. While the collection is doubled it has partitions beside the range, which get the same references:
  /// there all nodes are asked. Errors: `over_budget`; the message names the node, the figures and the ways out.
  [[nodiscard]] core::status find_room(core::collection_key collection, store::partition_range range,
                                       std::span<const std::uint32_t> partitions) const;

private:
  using held_partition = std::pair<std::uint32_t, std::string>; ///< and the node that holds it

  const std::string self_;
  const std::uint64_t budget_;
  mutable std::mutex mutex_;
  std::vector<std::function<std::uint64_t()>> counted_;
  std::map<std::string, store::memory_report> others_;
  std::optional<std::map<core::collection_key, std::vector<held_partition>>> held_;
};

} // namespace rollcall::actors
