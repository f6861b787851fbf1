/// Which node should hold which partition, and the next step from what is to what should be. Pure; the controller runs
/// it again and again, and each step is safe by itself: whoever stops between two leaves nothing behind.
#pragma once

#include "actors/search/placement.hpp"
#include "store/membership.hpp"

#include <span>
#include <utility>
#include <vector>

namespace rollcall::actors {

/// How strongly `node` attracts a partition: the wanted nodes are those with the greatest scores, so that a node that
/// comes or goes moves only its own share, and a node of twice the capacity gets twice as many. Never changed: decision
/// record 0007.
/// Source: Thaler and Ravishankar, "Using name-based mappings to increase hit rates", 1998; weights by Schindelhauer
/// and Schomaker, "Weighted distributed hash tables", 2005.
[[nodiscard]] double attraction(const partition_key& partition, std::string_view node, double capacity);

/// Names of the nodes that should hold the partition, strongest first: `replicas` of those that are active and have the
/// role `shard`, or all where there are fewer; in different zones as far as there are such. Those that it is pinned to
/// come before all others, those that it is pinned away from after all others. `pins`: of this partition.
[[nodiscard]] std::vector<std::string> wanted_nodes(const partition_key& partition,
                                                    std::span<const store::node_record> nodes, std::size_t replicas,
                                                    std::span<const store::placement_pin> pins = {});

struct plan_limits {
  std::size_t replicas = 2;
  std::size_t loading = 4; ///< partitions that a node loads at once; those that lack replicas come first
};

/// The next changes; none when all is as it should be. `partitions` are all there are, `placements` as they are now.
///
/// - A partition is put (`loading`) where it is wanted and is not.
/// - What is `ready` and no longer wanted leaves only when every wanted replica is ready. Its node removes it, once it
///   answers for it no more: no earlier, since writers ask the map whom to tell.
/// - What is leaving and wanted again is ready again, and so is what leaves while a wanted replica no longer answers.
/// - What a dead or removed node held, and what is loading and no longer wanted, is removed at once.
///
/// What is wanted follows `pins`, of any partitions, sorted by collection, partition.
///
/// So no step takes away a replica that answers while fewer than the wanted ones do.
[[nodiscard]] std::vector<store::placement_change> plan(std::span<const partition_key> partitions,
                                                        std::span<const store::node_record> nodes,
                                                        std::span<const store::placement> placements,
                                                        const plan_limits& limits,
                                                        std::span<const store::placement_pin> pins = {});

} // namespace rollcall::actors
