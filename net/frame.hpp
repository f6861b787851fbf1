/// What peers exchange, whatever carries it. Plain values.
#pragma once

#include "core/bytes.hpp"
#include "core/error.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace rollcall::net {

/// A body travels in chunks of this size; the last one may be smaller.
inline constexpr std::size_t chunk_bytes = std::size_t{1024} * 1024;

/// Versions of the peer protocol that this program speaks.
inline constexpr std::uint32_t oldest_version = 1;
inline constexpr std::uint32_t newest_version = 1;

/// An envelope (net/envelope.proto) and one chunk of a body. `body` lies within `*owner`; both empty where there is
/// none.
struct frame {
  std::string envelope;
  core::shared_bytes owner;
  core::byte_view body;
};

/// Who a node says it is. The generation grows at each start of the node.
struct node_identity {
  core::uuid cluster;
  std::string node;
  std::uint64_t generation = 0;
};

struct link_settings {
  std::chrono::milliseconds heartbeat{250}; ///< between two pings while requests are under way
  std::chrono::milliseconds idle{1'000};    ///< between two pings while none are
  std::chrono::milliseconds silence{1'000}; ///< without any frame to requests under way: the peer, or the way, is gone
  std::chrono::milliseconds hang{3'000};    ///< without an answer to a ping: the peer works no more
  std::chrono::milliseconds greet_again{200}; ///< doubled at each greeting in vain, up to `greet_at_least`
  std::chrono::milliseconds greet_at_least{2'000};
  std::chrono::milliseconds forget{10'000};   ///< the answering side forgets a session after this silence
  std::size_t requests = 1'024;               ///< granted to a peer: under way at a time
  std::size_t bytes = 64 * chunk_bytes;       ///< granted to a peer: of bodies of requests under way
  std::size_t reply_bytes = 64 * chunk_bytes; ///< the longest reply taken
  std::size_t sessions = 1'024;               ///< of all peers
};

} // namespace rollcall::net
