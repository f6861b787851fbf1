/// What the controller's steps (`placement_plan.hpp`) would come to, told before they are taken: from the map as it is,
/// with other nodes than there are, to where it rests. Pure.
#pragma once

#include "actors/cluster/placement_plan.hpp"
#include "actors/interfaces.hpp"

namespace rollcall::actors {

/// The nodes as they would be: those `gone` are dead, those `drained` draining, those `added` hold nothing yet. Errors:
/// `not_found` (a node that is to go or to be drained), `already_exists` (one that is to be added), `invalid_argument`
/// (its capacity).
[[nodiscard]] core::result<std::vector<store::node_record>> imagine(std::vector<store::node_record> nodes,
                                                                    const node_changes& changes);

/// Takes the plan's steps until there are none, where every node loads and leaves at once whatever it is told.
[[nodiscard]] forecast foresee(std::span<const partition_key> partitions, std::span<const store::node_record> nodes,
                               std::span<const store::placement> placements, std::size_t replicas,
                               std::span<const store::placement_pin> pins = {});

} // namespace rollcall::actors
