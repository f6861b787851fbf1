/// The XPUB socket of the ZeroMQ plane: lets clients subscribe to what their keys may see, and publishes. For
/// realtime_sockets only, on its thread.
#pragma once

#include "core/metrics.hpp"
#include "front/realtime/realtime_sockets.hpp"
#include "net/told_lines.hpp"

#include <zmq.hpp>

namespace rollcall::front {

class event_socket {
public:
  using permission = std::function<bool(const std::string& key, std::string_view topic)>;

  event_socket(const realtime_settings& settings, permission may_subscribe, core::metric_registry& metrics);

  /// Listens; gives where. Throws zmq::error_t.
  [[nodiscard]] std::string open(zmq::context_t& context, const std::string& address);
  /// Cuts all subscribers off, when they have what was published, or after half a second; those whose keys are still
  /// good come back by themselves.
  void close();
  [[nodiscard]] zmq::socket_t& socket() noexcept { return socket_; }
  /// Whether those who were cut off are back, or have had their time for it: what is published before passes them by.
  [[nodiscard]] bool is_settled() const;

  /// Takes the subscriptions that wait. True when one was granted.
  [[nodiscard]] bool serve();
  /// Where one of the subscribers has no room left, the others get it all the same.
  void publish(const publication& one);
  /// Counts what is not published any more.
  void give_up(std::size_t events) { dropped_.add(static_cast<double>(events)); }

private:
  void change_subscription(int how, const std::string& topic);

  realtime_settings settings_;
  permission may_subscribe_;
  core::counter& dropped_;
  core::counter& refused_;
  zmq::socket_t socket_;
  std::size_t subscriptions_ = 0;
  std::size_t awaited_ = 0; ///< subscriptions of those who were cut off
  core::steady_time settles_at_{};
  net::told_lines told_{20};
};

} // namespace rollcall::front
