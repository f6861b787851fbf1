/// Decides which connections may exist: ZeroMQ asks it (ZAP, RFC 27) after the CURVE handshake and before the first
/// byte of any message is read. One thread: that of the loop that polls its socket.
#pragma once

#include "net/told_lines.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <zmq.hpp>

namespace rollcall::net {

/// The public key of whoever sent it, as the door told it; empty without one.
[[nodiscard]] std::string user_of(const zmq::message_t& message);

class zap_door {
public:
  /// Every ZeroMQ context has one door. Throws zmq::error_t when it has one already. `refusal`: what strangers are
  /// told: nothing, so that they try again, or that they are none, after which ZeroMQ gives up for good.
  enum class refusal : std::uint8_t { for_now, for_good };
  explicit zap_door(zmq::context_t& context, refusal strangers_get = refusal::for_good);

  /// From now on: who may come in, public key (Z85) → name of the node. Nobody, before the first call.
  void admit(std::map<std::string, std::string> nodes_by_key) { nodes_ = std::move(nodes_by_key); }
  /// The node that a key belongs to; null where it may not come in, or not any more.
  [[nodiscard]] const std::string* find(const std::string& key) const;

  /// Answers what waits.
  void serve();
  [[nodiscard]] zmq::socket_ref socket() { return socket_; }

private:
  void tell(const std::string& address, const std::string& key);

  zmq::socket_t socket_;
  refusal strangers_get_;
  std::map<std::string, std::string> nodes_;
  told_lines told_{20}; ///< of strangers
};

} // namespace rollcall::net
