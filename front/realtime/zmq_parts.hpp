/// What the sockets of the ZeroMQ plane share. For sources of `front/realtime/` only; one thread.
#pragma once

#include "core/bytes.hpp"
#include "front/front.hpp"

#include <array>
#include <optional>
#include <string>
#include <zmq.hpp>

namespace rollcall::front {

/// A server's socket with its keys, limits and heartbeats, bound to HOST:PORT (port 0: a free one). `bound` gets where.
/// Throws zmq::error_t.
struct wanted_socket {
  zmq::socket_type type = zmq::socket_type::router;
  std::string address;
  std::size_t max_message_bytes = 0; ///< of each part that comes
  int waiting = 1;                   ///< messages of one client that wait, in either direction
};
[[nodiscard]] zmq::socket_t make_unbound(zmq::context_t& context, const net::curve_key_pair& keys,
                                         const wanted_socket& wanted);
[[nodiscard]] std::string bind(zmq::socket_t& socket, std::string address);

[[nodiscard]] core::shared_bytes bytes_of(const zmq::message_t& part);

/// The next message, if one waits: how many parts it has, of which the first are in `parts`.
template <std::size_t Most>
std::optional<std::size_t> receive(zmq::socket_t& from, std::array<zmq::message_t, Most>& parts) {
  std::size_t count = 0;
  for (bool has_more = true; has_more; ++count) {
    zmq::message_t part;
    // The parts after the first have come when the first has.
    if (!from.recv(part, count == 0 ? zmq::recv_flags::dontwait : zmq::recv_flags::none))
      return std::nullopt;
    has_more = part.more();
    if (count < Most)
      parts[count] = std::move(part);
  }
  return count;
}

} // namespace rollcall::front
