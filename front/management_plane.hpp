/// The management port: /livez, /readyz and /metrics. Reads and writes no data. Any thread.
#pragma once

#include "front/services.hpp"

namespace rollcall::front {

class management_plane {
public:
  /// `with` outlives the object, and the object all requests.
  explicit management_plane(services& with) : with_(with) {}

  /// Whether the actors that do the work answer, whatever their answer is: nothing but a new start of the process helps
  /// one that doesn't. The store's server may be away meanwhile. Errors: `deadline_exceeded`, `unavailable`.
  [[nodiscard]] asio::awaitable<core::status> check_alive(core::deadline until);

  /// /livez: 200 when `check_alive` says so, else 503 with the reason as text. /readyz: 200 when every partition is
  /// loaded and STORE answers, else 503. /metrics: Prometheus's text format. Anything else: 404, other methods than
  /// GET: 405.
  [[nodiscard]] asio::awaitable<http_reply> answer(http_request& request);

private:
  [[nodiscard]] asio::awaitable<core::status> check_ready();
  [[nodiscard]] asio::awaitable<core::status> ask_actors(core::deadline until);
  [[nodiscard]] asio::awaitable<void> tell_whether_alive(core::deadline until, completion<core::nothing> done);

  services& with_;
};

} // namespace rollcall::front
