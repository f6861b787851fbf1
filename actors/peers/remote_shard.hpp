/// A typed proxy for the SHARD actor of another node: callers do not know where a shard lives.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/peers/peer_calls.hpp"

#include <chrono>

namespace rollcall::actors {

struct remote_shard_settings {
  std::chrono::milliseconds apply_timeout{5'000};  ///< for the node to confirm changes
  std::chrono::milliseconds status_timeout{1'000}; ///< for its status
};

/// Starts a proxy that passes every message on through `ask`. Errors of all: those of net::client_link::done and of the
/// actor at the other end. `ready_request` is answered `not_ready` when the node is not, without waiting: it has a
/// start of its own. Ends on an exit message; what is under way then is answered `unavailable`.
[[nodiscard]] shard_actor remote_shard(caf::actor_system& system, peer_ask ask, remote_shard_settings settings);

} // namespace rollcall::actors
