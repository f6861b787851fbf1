/// The snapshots of a SHARD actor: the files, the thread that keeps them, and the threads that read them. Made and
/// owned by the actor's threads; `ports` is used by the actor alone.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/replica/loader_ports.hpp"
#include "actors/replica/snapshot_keeper.hpp"
#include "actors/replica/snapshot_shelf.hpp"
#include "core/worker_pool.hpp"

#include <memory>

namespace rollcall::actors {

class shard_snapshots {
public:
  /// The way back to the actor.
  struct runner {
    /// Runs blocking work on a pool and continues at the actor.
    std::function<void(core::worker_pool&, std::function<core::status()>, std::function<void(core::status)>)> run;
    /// What it gives is called once, from any thread, and then the actor continues.
    std::function<std::function<void(core::status)>(std::function<void(core::status)>)> expect;
  };

  /// Null where the settings name no directory, or it can't be used, which is logged: the node serves without. `of` and
  /// `registry` outlive this.
  [[nodiscard]] static std::unique_ptr<shard_snapshots> make(shard::gallery& of, const snapshot_settings& settings,
                                                             core::metric_registry& registry);

  /// The changed gallery's keeper.
  void wake() { keeper_.wake(); }
  /// For the loader. Used no longer than this lives.
  [[nodiscard]] snapshot_ports ports(const runner& by);

  /// For other nodes: see placed_shard_actor.
  void open(const runner& by, const snapshot_open_request& request,
            std::function<void(core::result<snapshot_opened>)> then);
  void read(const runner& by, const snapshot_read_request& request,
            std::function<void(core::result<snapshot_part>)> then);

private:
  shard_snapshots(shard::gallery& of, shard::snapshot_directory directory, snapshot_settings settings,
                  core::metric_registry& registry);
  template <class T>
  void run(const runner& by, std::function<core::result<T>()> work, std::function<void(core::result<T>)> then);
  [[nodiscard]] snapshot_source own_source(const partition_key& of, const runner& by);
  [[nodiscard]] snapshot_source source_at(const std::string& node, const partition_key& of, const runner& by);
  void ask(const std::string& node, const char* method, core::shared_bytes body, const runner& by,
           std::function<void(core::result<core::shared_bytes>)> then);

  snapshot_settings settings_;
  snapshot_metrics metrics_;
  snapshot_shelf shelf_;
  snapshot_keeper keeper_;
  core::worker_pool files_; ///< last: joined before the rest goes
};

} // namespace rollcall::actors
