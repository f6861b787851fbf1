/// A node's part in its cluster: its peers, its rounds with the store (`member`), the proxies of other nodes' SHARD and
/// EMBEDDING actors, and, where it has that role, the controller. Owned by `nodes/`; made, started and ended by one
/// thread.
#pragma once

#include "actors/cluster/cluster_desk.hpp"
#include "actors/cluster/cluster_metrics.hpp"
#include "actors/cluster/cluster_proxies.hpp"
#include "actors/cluster/controller.hpp"
#include "actors/cluster/member.hpp"
#include "actors/ingest/frame_router.hpp"
#include "actors/node_actors.hpp"
#include "actors/peers/peer_calls.hpp"
#include "actors/peers/peer_gate.hpp"
#include "actors/replica/memory_watch.hpp"
#include "actors/replica/snapshot_settings.hpp"
#include "actors/storing/lease_watch.hpp"
#include "net/zmq_peers.hpp"

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

namespace rollcall::actors {

struct cluster_settings {
  member_settings member;
  controller_settings controller;
  std::chrono::milliseconds round{1'000};    ///< between two heartbeats; the lease is some of them
  std::chrono::milliseconds poll{200};       ///< between two looks at the map's version
  std::chrono::milliseconds greeting{3'000}; ///< at the start: for the peers that are there
  std::string listen = "127.0.0.1:0";        ///< for peers, HOST:PORT, port 0: a free one
  std::string advertise;                     ///< where peers reach it; empty: where it listens
  net::curve_key_pair keys;
  std::string model_version;            ///< of the embedding model; embedders that run another are not used
  std::shared_ptr<memory_watch> memory; ///< told who is full; null: nobody asks
};

class cluster_member {
public:
  /// Takes the node's name and listens. Does not answer peers yet. `metrics` outlives the object. Errors: `conflict`
  /// (another process has the name), `access_denied` (its key has not joined), `invalid_config` (address), those of the
  /// store.
  /// Metrics: rollcall_cluster_nodes{state=active|draining|dead}, rollcall_cluster_fenced_nodes,
  /// rollcall_cluster_controller, rollcall_cluster_replicas_missing, rollcall_cluster_rounds_failed_total.
  [[nodiscard]] static core::result<std::unique_ptr<cluster_member>>
  join(std::unique_ptr<store::membership> members, cluster_settings settings, core::metric_registry& metrics);

  /// Ends the rounds; peers get no answers from then on.
  ~cluster_member();
  cluster_member(const cluster_member&) = delete;
  cluster_member& operator=(const cluster_member&) = delete;

  /// For store_settings. Usable until the end of this object.
  [[nodiscard]] find_holders holders() const;
  [[nodiscard]] node_fence fence() const;

  /// For shard_settings: the snapshots of this node in a directory. Usable until the end of this object.
  [[nodiscard]] snapshot_settings snapshots(std::filesystem::path directory, const snapshot_limits& limits) const;

  /// Begins the rounds, the first of which has ended at the return, and waits for a moment until the peers that it
  /// named are connected. `displaced` is called once, from another thread, when another process has this node's name.
  /// `actors` outlives this object's `stop`. Errors: those of the store.
  [[nodiscard]] core::status start(node_actors& actors, std::function<void()> displaced);
  /// For operators; valid from `start` to `stop`.
  [[nodiscard]] cluster_actor desk() const { return desk_; }
  /// Takes frames for the cameras of all nodes; valid from `start` to `stop`.
  [[nodiscard]] ingest_actor frames() const { return frames_; }
  /// Ends the rounds and the peers, and gives the name up, so that nobody waits for this node. Idempotent.
  void stop();

private:
  cluster_member(std::unique_ptr<store::membership> members, cluster_settings settings, core::metric_registry& metrics);

  [[nodiscard]] core::status listen();
  void open_gate();
  void note(const std::string& peer, bool is_open);
  void wait_for_peers();
  void learn(const std::vector<store::node_record>& nodes, const store::cluster_map& map);
  void meet(const std::vector<store::node_record>& nodes);
  [[nodiscard]] bool has_role(store::node_role role) const;
  [[nodiscard]] bool is_asked(const store::node_record& node) const;
  [[nodiscard]] peer_ask ask_of(const std::string& node) const;
  [[nodiscard]] core::result<followed> follow(follow_request request);
  [[nodiscard]] core::result<std::vector<store::partition_head>> list_heads();
  void see(const std::vector<store::node_record>& nodes);
  void keep_rounds();
  void keep_controller();
  [[nodiscard]] bool wait(std::chrono::milliseconds span);
  [[nodiscard]] gate_actor gate();

  std::shared_ptr<store::membership> members_;
  std::shared_ptr<lease_watch> leases_ = std::make_shared<lease_watch>();
  cluster_settings settings_;
  cluster_metrics metrics_;
  member member_;
  // Before the peers, whose thread uses them until it has ended.
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  gate_actor gate_;
  std::set<std::string> open_; ///< peers
  bool is_ending_ = false;
  std::uint64_t changes_ = 0; ///< of the map that the rounds saw; the controller looks at once
  std::map<partition_key, std::vector<std::string>> replicas_; ///< by the map that was learned last
  core::uuid cluster_;
  std::shared_ptr<net::zmq_peers> peers_;
  node_actors* actors_ = nullptr;
  std::function<void()> displaced_;
  cluster_actor desk_;
  frame_router_actor frames_;
  std::map<std::string, net::peer_address> met_; ///< the rounds' thread's, as what follows
  std::optional<cluster_proxies> proxies_;
  std::thread rounds_;
  std::thread controller_;
};

} // namespace rollcall::actors
