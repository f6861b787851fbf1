/// Keeps admission's keys like the store's: reads them at the start, every few seconds, and when the admin API changed
/// them. While the node is open to everybody it says so in the log, once a minute. One coroutine of `front`.
#pragma once

#include "front/services.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

namespace rollcall::front {

/// Reads all keys and gives them to admission. Errors: STORE's; admission keeps what it had then.
[[nodiscard]] asio::awaitable<core::status> refresh_keys(services& with, core::deadline until);

class key_keeper {
public:
  key_keeper(asio::io_context& context, services& with);

  /// Starts the coroutine; `with` and the object outlive the io_context's run.
  void start();

  /// Ends it. Any thread.
  void stop();

private:
  asio::awaitable<void> run();
  void warn_if_open();

  services& with_;
  asio::strand<asio::io_context::executor_type> strand_;
  asio::steady_timer timer_;
  core::steady_time warned_{};
  bool is_stopping_ = false; ///< on the strand
};

} // namespace rollcall::front
