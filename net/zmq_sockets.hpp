/// ZeroMQ sockets with the options that peers need, and frames through them. For sources of `net/` only.
#pragma once

#include "net/frame.hpp"
#include "net/zmq_peers.hpp"

#include <optional>
#include <string>
#include <zmq.hpp>

namespace rollcall::net {

/// Bound to `settings.listen`; takes connections with keys only, where there are keys. Throws zmq::error_t.
[[nodiscard]] zmq::socket_t make_server_socket(zmq::context_t& context, const peer_settings& settings);

/// Not yet connected. Throws zmq::error_t.
[[nodiscard]] zmq::socket_t make_client_socket(zmq::context_t& context, const peer_settings& settings,
                                               const peer_address& to);

/// Tells of the connections of `of`, under an `address` of its own within the context.
[[nodiscard]] zmq::socket_t monitor(zmq::context_t& context, zmq::socket_t& of, const std::string& address);

/// The next event of a monitor (ZMQ_EVENT_…), if one waits.
[[nodiscard]] std::optional<int> read_event(zmq::socket_t& monitor);

struct received_frame {
  std::string route;         ///< of a server's socket
  std::string authenticated; ///< the node that the peer's key belongs to; empty without keys
  frame content;
};

/// The next frame, if one waits; what is not shaped like a frame is skipped.
[[nodiscard]] std::optional<received_frame> receive(zmq::socket_t& from, bool has_route);

/// Never blocks: what does not fit the socket's queue, or has nobody to go to, is lost.
void send(zmq::socket_t& to, const std::string* route, const frame& sent);

} // namespace rollcall::net
