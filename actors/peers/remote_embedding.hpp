/// A typed proxy for the EMBEDDING actor of another node: callers do not know where a picture is analysed.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/peers/peer_calls.hpp"

#include <chrono>
#include <string>

namespace rollcall::actors {

struct remote_embedding_settings {
  std::string model_version; ///< of this node's embedding model: another's is refused
  std::chrono::milliseconds status_timeout{1'000};
};

/// Starts a proxy that passes every message on through `ask`. Errors of all: those of net::client_link::done and of the
/// actor at the other end, and `model_mismatch`. Ends on an exit message; what is under way then is answered
/// `unavailable`.
[[nodiscard]] embedding_actor remote_embedding(caf::actor_system& system, peer_ask ask,
                                               remote_embedding_settings settings);

} // namespace rollcall::actors
