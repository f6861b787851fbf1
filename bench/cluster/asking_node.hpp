/// The asking side of a load, for bench_cluster: a node named "front" with its links to others, and an actor that keeps
/// so many requests under way.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/peers/peer_calls.hpp"
#include "bench/cluster/peer_processes.hpp"
#include "bench/figures.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace rollcall::bench {

/// Asks once, as that actor; `then` is called in it, once, with whether there was an answer. `lane`: in
/// [0, outstanding), one request at a time each.
using ask_once = std::function<void(caf::event_based_actor* self, int lane, std::function<void(bool)> then)>;

class asking_node {
public:
  /// Waits for the links. Throws std::runtime_error.
  asking_node(const std::vector<forked>& nodes, const std::optional<net::curve_key_pair>& keys);
  /// Ends the actors that it was given.
  ~asking_node();
  asking_node(const asking_node&) = delete;
  asking_node& operator=(const asking_node&) = delete;

  [[nodiscard]] caf::actor_system& system() { return system_; }
  /// Of that node, for the proxies.
  [[nodiscard]] actors::peer_ask way_to(const std::string& node) const;
  /// A proxy of each node's SHARD.
  [[nodiscard]] std::vector<actors::shard_actor> shards();
  template <class Handle>
  Handle own(Handle one) {
    actors_.push_back(caf::actor_cast<caf::actor>(one));
    return one;
  }

  [[nodiscard]] load_done run(int outstanding, double seconds, const ask_once& ask);

private:
  caf::actor_system_config config_;
  caf::actor_system system_;
  std::vector<std::string> nodes_;
  std::shared_ptr<net::zmq_peers> peers_;
  std::vector<caf::actor> actors_;
};

/// One query after the other, `make` makes those of a lane.
[[nodiscard]] ask_once ask_coordinator(const actors::coordinator_actor& at,
                                       std::function<actors::query(int lane)> make);

/// Of this process, of a processor, used so far.
[[nodiscard]] double own_cpu_seconds();

} // namespace rollcall::bench
