/// The peers of a node over ZeroMQ: asks other nodes and serves their requests. Owns one thread and ZeroMQ's own; all
/// calls are safe from any thread and none blocks.
#pragma once

#include "net/client_link.hpp"
#include "net/curve_keys.hpp"
#include "net/server_links.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::net {

struct peer_settings {
  node_identity self;
  link_settings links;
  std::string listen; ///< HOST:PORT, port 0: a free one; empty: asks only
  std::optional<curve_key_pair> keys;
  bool is_insecure = false; ///< listens beyond loopback without keys: the operator said so by name
};

/// Where a node is. The key is needed where this node has keys.
struct peer_address {
  std::string node;
  std::string address; ///< HOST:PORT
  std::string public_key;

  friend bool operator==(const peer_address&, const peer_address&) = default;
};

struct peer_status {
  std::string node;
  bool is_open = false;
  std::size_t outstanding = 0;
  std::optional<core::error> refusal;
};

/// Called from the peers' thread; they must not block.
struct peer_handlers {
  std::function<void(const call_id&, peer_request)> serve; ///< `answer` follows, from any thread
  std::function<void(const call_id&)> ping;                ///< `answer_ping` follows, from any thread
  std::function<void(const std::string& node, bool is_open)> changed;
};

class zmq_peers {
public:
  /// Errors: `invalid_config` (an address that can't be listened on; beyond loopback without keys and without
  /// `is_insecure`).
  [[nodiscard]] static core::result<std::unique_ptr<zmq_peers>> start(peer_settings settings, peer_handlers handlers);

  /// Ends what is under way with `unavailable`; no handler is called after it.
  ~zmq_peers();
  zmq_peers(const zmq_peers&) = delete;
  zmq_peers& operator=(const zmq_peers&) = delete;

  /// HOST:PORT listened on; empty for none.
  [[nodiscard]] const std::string& address() const noexcept;

  /// Who may connect from now on, public key → node; with keys, nobody may before the first call. Sessions of those
  /// left out are heard no more.
  void admit(std::map<std::string, std::string> nodes_by_key);
  /// Keeps a link to that node from now on, at that address only.
  void connect(peer_address to);
  void disconnect(std::string node);

  /// `then` is called once, from the peers' thread, or from here where the request is refused at once. Errors: those of
  /// `client_link::done`.
  void ask(std::string node, std::string method, core::shared_bytes body, core::deadline until, client_link::done then);
  void answer(call_id to, core::result<core::shared_bytes> outcome);
  void answer_ping(call_id to);

  /// Of every node connected to, by name; empty when it takes longer than `within`. Not from the peers' thread.
  [[nodiscard]] std::vector<peer_status> status(std::chrono::milliseconds within = std::chrono::milliseconds{1'000});

private:
  struct machinery;
  explicit zmq_peers(std::unique_ptr<machinery> made);

  std::unique_ptr<machinery> machinery_;
};

} // namespace rollcall::net
