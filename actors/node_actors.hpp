/// All actors of a single node, spawned and stopped in order. Owned by `nodes/`; the only place where an actor system
/// is made. Thread-safe but for start and stop, which belong to one thread.
#pragma once

#include "actors/embedding/embedding.hpp"
#include "actors/embedding/embedding_pool.hpp"
#include "actors/ingest/ingest.hpp"
#include "actors/replica/shard.hpp"
#include "actors/search/coordinator.hpp"
#include "actors/storing/store.hpp"

#include <chrono>
#include <memory>
#include <vector>

namespace rollcall::actors {

struct node_settings {
  std::size_t scheduler_threads = 2; ///< of the actor scheduler, where nothing blocks. Range [1, 64]
  std::size_t embedders = 1;         ///< EMBEDDING actors that share the workers, where there are any; at most as many
  std::uint32_t shards = 2;          ///< SHARD actors. Range [1, 256]; in a cluster one, or 0 for a node without any
  bool is_clustered = false;         ///< what is held, and whom to ask, comes from a cluster_member
  embedding_settings embedding;
  embedding_pool_settings embedding_pool;
  store_settings store;
  shard_settings shard; ///< `index` and `shards` are filled in
  coordinator_settings coordinator;
  std::optional<ingest_settings> ingest; ///< of a node that runs cameras, with workers of its own
};

/// What a node must know of its embedding model to run cameras.
struct embedding_model {
  core::similarity_curve curve;
  std::string version;
};

class node_actors {
public:
  /// Spawns STORE, the SHARD actors (which begin to load), COORDINATOR and the EMBEDDING actors behind their pool. Does
  /// not wait for the load: see `wait_until_ready`. `workers`: one per thread; none only in a cluster, where
  /// others have some. `metrics` outlives the object. Errors: `invalid_config` for a setting out of its range, no
  /// worker, or no store; nothing runs then.
  [[nodiscard]] static core::result<std::unique_ptr<node_actors>>
  start(const node_settings& settings, std::vector<vision_worker> workers, std::unique_ptr<store::store> store,
        core::metric_registry& metrics, std::optional<embedding_model> model = {});

  /// Stops with a grace of ten seconds if `stop` was not called, and waits for running work however long it takes.
  ~node_actors();

  node_actors(const node_actors&) = delete;
  node_actors& operator=(const node_actors&) = delete;

  // Valid until `stop`; requests after it are answered with `unavailable`.
  [[nodiscard]] embedding_pool_actor embedding() const { return embedding_; }
  [[nodiscard]] store_actor store() const { return store_; }
  [[nodiscard]] coordinator_actor coordinator() const { return coordinator_; }
  [[nodiscard]] const std::vector<shard_actor>& shards() const { return shards_; }
  [[nodiscard]] placed_shard_actor placed() const { return placed_; } ///< of a cluster's node that holds partitions
  [[nodiscard]] const std::vector<local_embedding_actor>& embedders() const { return embedders_; } ///< of this node
  [[nodiscard]] local_ingest_actor ingest() const { return ingest_; } ///< null where no cameras run
  [[nodiscard]] caf::actor_system& system() { return system_; }

  /// Blocks until every SHARD actor has loaded its partitions. Not from an actor. Errors: `deadline_exceeded`,
  /// `unavailable` (a SHARD actor is down).
  [[nodiscard]] core::status wait_until_ready(core::deadline until);

  /// Ends INGEST, whose events and claims are in the store then: before a cluster's node signs off. Blocks for `grace`
  /// at most. Idempotent.
  void end_cameras(std::chrono::milliseconds grace);

  /// Ends the actors in order: INGEST, EMBEDDING, COORDINATOR, SHARD, STORE (which commits the decisions it holds). The
  /// caller has stopped everything that sends them requests. Blocks for `grace` at most; true when all have ended.
  /// False: some work still runs after the grace; leave the process by `std::_Exit`, since the destructor would wait
  /// for it. Idempotent.
  [[nodiscard]] bool stop(std::chrono::milliseconds grace);

private:
  explicit node_actors(const node_settings& settings);

  caf::actor_system_config config_;
  caf::actor_system system_;
  store_actor store_;
  std::vector<shard_actor> shards_;
  placed_shard_actor placed_;
  coordinator_actor coordinator_;
  std::vector<local_embedding_actor> embedders_;
  embedding_pool_actor embedding_;
  local_ingest_actor ingest_;
  bool has_stopped_ = false;
};

} // namespace rollcall::actors
