/// What those who load partitions ask of their owner, and where snapshots come from. Values.
#pragma once

#include "actors/replica/replica_set.hpp"
#include "core/digest.hpp"
#include "core/result.hpp"
#include "shard/snapshot/snapshot_mapping.hpp"
#include "store/store.hpp"

#include <any>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace rollcall::actors {

/// A snapshot that can be read in parts. Each call's continuation is called once, later, on the owner's thread.
struct snapshot_source {
  std::string name; ///< of the node that has it; empty: this one
  /// Begins: its size in bytes. Errors: `not_found` (it has none), others.
  std::function<void(std::function<void(core::result<std::uint64_t>)>)> open;
  std::function<void(shard::byte_range, std::function<void(core::result<core::shared_bytes>)>)> read;
  /// Some blocks of one that lies on this node's disk, where they lie. None: it lies elsewhere.
  std::function<void(std::shared_ptr<const shard::snapshot_contents>, std::vector<std::size_t> numbers,
                     std::function<void(core::result<std::vector<shard::reference_block>>)>)>
      map{};
  /// Nothing more is read, nor what was asked for needed. None: nobody has to know.
  std::function<void()> close{};
};

/// Where the snapshots of a cluster's node are.
struct snapshot_ports {
  core::uuid cluster;
  /// Those that may have a partition's snapshot, the best first.
  std::function<std::vector<snapshot_source>(const partition_key&)> sources;
  /// Whether the store knows one with this digest.
  std::function<void(const partition_key&, const core::sha256_digest&, std::function<void(core::result<bool>)>)>
      is_known;
  /// The gallery holds what the source had, which contains everything up to `seq`.
  std::function<void(const snapshot_source&, const partition_key&, std::uint64_t seq)> loaded;
  /// What the source has is of no use.
  std::function<void(const snapshot_source&, const partition_key&, const core::error&)> refused;
  /// These are the node's partitions.
  std::function<void(std::set<partition_key>)> held;
};

/// Each but `is_wanted` calls its continuation once, later, on the owner's thread.
struct loader_ports {
  using read_function = std::function<std::any(store::store&)>;
  /// Runs a blocking read at STORE.
  std::function<void(read_function, std::function<void(core::result<std::any>)>)> read;
  /// Runs a change of the gallery where changes are run, one after the other. The change itself touches nothing but the
  /// gallery, and may outlive the loader.
  std::function<void(std::function<core::status()>, std::function<void(core::status)>)> change;
  /// Continues after a pause, when a read or a change has failed.
  std::function<void(std::function<void()>)> later;
  /// Whether a load is to go on.
  std::function<bool(const partition_load&)> is_wanted{};
  std::function<core::steady_time()> now = std::chrono::steady_clock::now;
  std::optional<snapshot_ports> snapshots{}; ///< none: partitions are read from the store
};

} // namespace rollcall::actors
