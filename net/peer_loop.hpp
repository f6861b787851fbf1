/// The sockets of a node's peers and the one thread that polls them: carries frames between ZeroMQ and the links. Part
/// of `zmq_peers`, which see.
#pragma once

#include "net/client_link.hpp"
#include "net/server_links.hpp"
#include "net/socket_poll.hpp"
#include "net/zap_door.hpp"
#include "net/zmq_peers.hpp"
#include "net/zmq_sockets.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <zmq.hpp>

namespace rollcall::net {

/// All but the constructor belongs to the loop's thread.
class peer_loop {
public:
  /// Binds. Throws zmq::error_t.
  peer_loop(const peer_settings& settings, peer_handlers handlers, int wake_fd);

  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }

  /// Waits until something is due or has come, or `wake_fd` is readable; does it.
  void poll();

  void admit(std::map<std::string, std::string> nodes_by_key);
  void connect(const peer_address& to);
  void disconnect(const std::string& node);
  void ask(const std::string& node, std::string_view method, core::shared_bytes body, core::deadline until,
           client_link::done then);
  void answer(const call_id& to, core::result<core::shared_bytes> outcome);
  void answer_ping(const call_id& to) { served_.answer_ping(to); }
  [[nodiscard]] std::vector<peer_status> status() const;

private:
  struct outgoing {
    peer_address to;
    client_socket socket;
    core::steady_time opened;
    std::optional<client_link> link;
  };

  void open(outgoing& made);
  void read_monitor(outgoing& of);
  void read_client(outgoing& of);
  void read_server();
  void list_sockets();
  void carry(zmq::socket_t& to, const std::string* route, const frame& sent);
  void tick();
  [[nodiscard]] std::chrono::milliseconds pause() const;

  peer_settings settings_;
  peer_handlers handlers_;
  zmq::context_t context_;
  std::optional<zap_door> door_; ///< with keys
  zmq::socket_t router_;         ///< unless nothing is listened to
  std::string endpoint_;
  server_links served_;
  std::map<std::string, std::unique_ptr<outgoing>> peers_; ///< by node
  socket_poll sockets_;                                    ///< invalid: they have come or gone
  std::uint64_t next_monitor_ = 0;
  core::steady_time now_ = std::chrono::steady_clock::now();
};

} // namespace rollcall::net
