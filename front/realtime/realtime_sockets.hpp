/// The sockets of the ZeroMQ plane and the thread that serves them: ROUTER for queries, PULL for frames, XPUB for
/// events. CURVE always; who is let in, and may subscribe to what, is asked of the owner. Nothing here blocks on a
/// peer, and nothing that comes from a peer queues without a bound: frames and replies that a peer does not take in
/// time are dropped and counted.
#pragma once

#include "core/bytes.hpp"
#include "core/metrics.hpp"
#include "core/result.hpp"
#include "front/front.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::front {

/// A message of a client: its header and what came with it.
struct realtime_message {
  std::string route;       ///< of a query, for its reply
  bool is_request = false; ///< sent by a REQ socket, whose empty part comes back with the reply
  std::string key;         ///< the client's public key
  std::string header;
  core::shared_bytes body; ///< null: there was none
};

/// One event on its way: `topic` begins with what is subscribed to.
struct publication {
  std::string topic;
  std::string body;
};

using admitted_keys = std::shared_ptr<const std::map<std::string, std::string>>; ///< public key → name of its owner

/// Called on the sockets' thread; they must not block.
struct realtime_handlers {
  std::function<void(realtime_message)> query;
  std::function<void(realtime_message)> frame;
  std::function<bool(const std::string& key, std::string_view topic)> may_subscribe;
  std::function<admitted_keys()> admitted; ///< the same object until it changes
};

class realtime_sockets {
public:
  /// Listens. Errors: `invalid_config` when an address can't be listened on.
  [[nodiscard]] static core::result<std::unique_ptr<realtime_sockets>>
  open(realtime_settings settings, realtime_handlers handlers, core::metric_registry& metrics);

  /// From now on handlers are called: what they use must be there. Once.
  void start();
  /// Takes nothing more; replies and events still go. Any thread.
  void stop_taking();
  /// No handler is called after it. What waits is sent before, as far as it goes in half a second. Idempotent.
  void stop();
  ~realtime_sockets();
  realtime_sockets(const realtime_sockets&) = delete;
  realtime_sockets& operator=(const realtime_sockets&) = delete;

  /// Where they listen, with the ports chosen.
  [[nodiscard]] const realtime_addresses& bound() const noexcept;

  /// Answers a query: `to` as it was given to `query`. Any thread.
  void reply(const realtime_message& to, std::string header, std::string body);
  /// In their order; kept while subscribers are cut off, which happens when a key is revoked. What is kept has no bound
  /// of its own: whoever publishes looks at `unpublished`. Any thread.
  void publish(std::vector<publication> what);
  /// Of what `publish` was given, not sent yet.
  [[nodiscard]] std::size_t unpublished() const noexcept;
  /// Somebody has subscribed since the start.
  [[nodiscard]] bool is_watched() const noexcept;

private:
  struct machinery;
  explicit realtime_sockets(std::unique_ptr<machinery> made);

  std::unique_ptr<machinery> machinery_;
};

} // namespace rollcall::front
