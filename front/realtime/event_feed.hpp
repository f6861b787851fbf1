/// Follows the store's events, of whichever node, and publishes them in their order. One coroutine of `front`.
#pragma once

#include "front/realtime/realtime_sockets.hpp"
#include "front/services.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace rollcall::front {

class event_feed {
public:
  event_feed(asio::io_context& context, services& with, realtime_sockets& to);

  /// Starts the coroutine, which reads once somebody has subscribed: what came before, a subscriber asks for. `with`
  /// and the object outlive the io_context's run.
  void start();
  /// Ends it. Any thread.
  void stop();

private:
  asio::awaitable<void> run();
  asio::awaitable<bool> publish_next();
  /// Notes which event each camera had before its first among `events`, where that is not known yet.
  asio::awaitable<core::status> find_previous(const std::vector<store::event_record>& events);
  void publish(const std::vector<store::event_record>& events);

  services& with_;
  realtime_sockets& to_;
  asio::strand<asio::io_context::executor_type> strand_;
  asio::steady_timer timer_;
  std::optional<std::uint64_t> after_;            ///< the last that was published
  std::map<std::string, std::uint64_t> previous_; ///< event by camera; 0: it had none
  bool is_stopping_ = false;                      ///< on the strand
};

} // namespace rollcall::front
