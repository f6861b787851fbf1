/// A typed proxy for the INGEST of another node, and the bodies that travel.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/peers/peer_calls.hpp"

namespace rollcall::actors {

namespace method {
inline constexpr auto* push_frame = "ingest.frame";
} // namespace method

[[nodiscard]] core::shared_bytes encode(const pushed_frame& frame);
[[nodiscard]] core::shared_bytes encode(const frame_taken&);
/// Errors: `malformed`.
[[nodiscard]] core::result<pushed_frame> decode_frame(core::byte_view body);

/// Starts a proxy that passes frames on through `ask`. Errors: those of net::client_link::done and of the INGEST at the
/// other end. Ends on an exit message; what is under way then is answered `unavailable`.
[[nodiscard]] ingest_actor remote_ingest(caf::actor_system& system, peer_ask ask);

} // namespace rollcall::actors
