/// Bugs planted into a real cluster, from outside: whether the checker of chaos sees one of each kind.
#pragma once

#include "bench/chaos/cluster_load.hpp"

#include <string>
#include <vector>

namespace rollcall::bench {

/// Their names: what each makes the cluster answer.
[[nodiscard]] const std::vector<std::string>& plants();

/// Makes the nodes answer wrongly in one way, asks for everything, and says whether that was counted, and nothing was
/// before. `load` has run and stands still; both are of no use for anything else afterwards. Throws std::runtime_error
/// where the cluster does not do as it is told, or there is no such plant.
[[nodiscard]] bool is_seen(const std::string& plant, cluster_processes& cluster, cluster_load& load);

/// What `lost` and `resurrected` need of the time before: call it while the load runs.
void remember_faces(cluster_processes& cluster);

} // namespace rollcall::bench
