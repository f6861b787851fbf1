/// What a node tells about its cluster, as it sees it. Held by cluster_member; safe from any of its threads.
#pragma once

#include "core/metrics.hpp"
#include "store/membership.hpp"

#include <algorithm>
#include <vector>

namespace rollcall::actors {

struct cluster_metrics {
  core::gauge& active;
  core::gauge& draining;
  core::gauge& dead;
  core::gauge& fenced;
  core::gauge& controls;
  core::gauge& lacking;
  core::counter& failed_rounds;

  explicit cluster_metrics(core::metric_registry& registry)
      : active(nodes(registry, "active")),
        draining(nodes(registry, "draining")),
        dead(nodes(registry, "dead")),
        fenced(registry.make_gauge("rollcall_cluster_fenced_nodes",
                                   "Nodes that reach the store but not a node that writes; they get no lease", {})),
        controls(registry.make_gauge("rollcall_cluster_controller", "1 at the node that is the controller", {})),
        lacking(registry.make_gauge("rollcall_cluster_replicas_missing",
                                    "Replicas that are configured and do not answer; the controller alone counts them",
                                    {})),
        failed_rounds(registry.make_counter("rollcall_cluster_rounds_failed_total",
                                            "Heartbeats and changes of the map that the store did not take", {})) {}

  void count(const std::vector<store::node_record>& all) {
    const auto in = [&all](store::node_state state) {
      return static_cast<double>(
          std::count_if(all.begin(), all.end(), [state](const auto& node) { return node.state == state; }));
    };
    active.set(in(store::node_state::active));
    draining.set(in(store::node_state::draining));
    dead.set(in(store::node_state::dead));
    fenced.set(
        static_cast<double>(std::count_if(all.begin(), all.end(), [](const auto& node) { return node.is_fenced; })));
  }

private:
  static core::gauge& nodes(core::metric_registry& registry, const char* state) {
    return registry.make_gauge("rollcall_cluster_nodes", "Nodes of the cluster, as the store has them",
                               {{"state", state}});
  }
};

} // namespace rollcall::actors
