/// The door of a node's SHARD and EMBEDDING actors for other nodes: requests of peers come in as bodies and go on as
/// messages.
#pragma once

#include "actors/interfaces.hpp"
#include "net/server_links.hpp"

#include <functional>

namespace rollcall::actors {

struct peer_call {
  net::call_id call;
  net::peer_request request;
};

struct peer_ping {
  net::call_id call;
};

/// Answers each call through its ports; a ping once all that do the work have answered their status.
using gate_actor = caf::typed_actor<caf::reacts_to<peer_call>, caf::reacts_to<peer_ping>>;

/// As net::zmq_peers has them; safe from any thread, never block.
struct gate_ports {
  std::function<void(net::call_id, core::result<core::shared_bytes>)> answer;
  std::function<void(net::call_id)> answer_ping;
};

/// Who does the work on this node; null where the node has no such role.
struct gate_workers {
  shard_actor shard{};
  placed_shard_actor placed{}; ///< the same SHARD, of a cluster: it gives its snapshots away
  embedding_actor embedding{}; ///< never one that passes pictures on to other nodes
  ingest_actor ingest{};       ///< never one that passes frames on
};

/// Errors that a call is answered with: `malformed`, `unsupported` (a method that this node does not serve), those of
/// the actors. The grants of the links bound what waits here. Ends on an exit message.
[[nodiscard]] gate_actor peer_gate(caf::actor_system& system, gate_workers local, gate_ports ports);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::peer_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::peer_ping)
