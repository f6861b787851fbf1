/// What a SHARD of a cluster needs for its snapshots, and what it tells about them. Values.
#pragma once

#include "actors/replica/snapshot_schedule.hpp"
#include "core/bytes.hpp"
#include "core/digest.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

struct snapshot_settings {
  std::filesystem::path directory; ///< empty: the node keeps none
  core::uuid cluster;
  snapshot_limits limits;
  bool references_stay = false; ///< what is compared lies in snapshots, not in memory
  // store::membership's, which block; called from threads of the SHARD actor until it has ended.
  std::function<core::status(const partition_key&, const core::sha256_digest& digest,
                             const std::optional<core::sha256_digest>& kept)>
      remember;
  std::function<core::result<bool>(const partition_key&, const core::sha256_digest&)> is_known;
  /// Other nodes that answer for a partition. Any thread; does not block.
  std::function<std::vector<std::string>(const partition_key&)> peers;
  /// Asks one of them, as net::zmq_peers::ask does.
  std::function<void(const std::string& node, std::string method, core::shared_bytes body, core::deadline until,
                     std::function<void(core::result<core::shared_bytes>)> then)>
      ask;
};

/// Held by the SHARD actor; safe from any of its threads.
struct snapshot_metrics {
  core::counter& written;
  core::counter& failed;
  core::counter& removed;
  core::counter& refused;
  core::histogram& write;

  explicit snapshot_metrics(core::metric_registry& registry)
      : written(
          registry.make_counter("rollcall_snapshots_written_total", "Snapshots of partitions written to disk", {})),
        failed(registry.make_counter("rollcall_snapshots_failed_total", "Snapshots that could not be written", {})),
        removed(registry.make_counter("rollcall_snapshots_removed_total",
                                      "Snapshots removed: no longer held, or stale and not to be renewed in time", {})),
        refused(registry.make_counter("rollcall_snapshots_refused_total",
                                      "Snapshots that were not used: damaged, foreign or too old", {})),
        write(registry.make_histogram("rollcall_snapshot_write_seconds", "Writing one snapshot", {},
                                      {.001, .01, .1, 1, 10, 100})) {}
};

} // namespace rollcall::actors
