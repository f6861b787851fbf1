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

/// A client's socket, and what becomes of its connections. One thread.
class client_socket {
public:
  client_socket() = default;
  ~client_socket() { close(); }
  client_socket(const client_socket&) = delete;
  client_socket& operator=(const client_socket&) = delete;

  /// Not yet connected; closes the one before. `monitor`: an address of its own within the context. Throws
  /// zmq::error_t.
  void open(zmq::context_t& context, const peer_settings& settings, const peer_address& to, const std::string& monitor);
  void close();

  [[nodiscard]] zmq::socket_t& frames() noexcept { return frames_; } ///< none: not open
  [[nodiscard]] zmq::socket_t& events() noexcept { return events_; } ///< none: not open
  /// The next event of a connection (ZMQ_EVENT_…), if one waits.
  [[nodiscard]] std::optional<int> read_event();

private:
  zmq::socket_t frames_;
  zmq::socket_t events_;
};

struct received_frame {
  std::string route; ///< of a server's socket
  std::string key;   ///< the peer's, of a server's socket; empty without keys
  frame content;
};

/// The next frame, if one waits; what is not shaped like a frame is skipped.
[[nodiscard]] std::optional<received_frame> receive(zmq::socket_t& from, bool has_route);

/// Never blocks: what does not fit the socket's queue, or has nobody to go to, is lost.
void send(zmq::socket_t& to, const std::string* route, const frame& sent);

} // namespace rollcall::net
