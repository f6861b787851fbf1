/// The management port: /livez, /readyz and /metrics. Reads and writes no data. Any thread.
#pragma once

#include "front/services.hpp"

namespace rollcall::front {

class management_plane {
public:
  /// `with` outlives the object, and the object all requests.
  explicit management_plane(services& with) : with_(with) {}

  /// /livez: 200 while the process serves. /readyz: 200 when every partition is loaded and STORE answers, else 503 with
  /// the reason as text. /metrics: Prometheus's text format. Anything else: 404, other methods than GET: 405.
  [[nodiscard]] asio::awaitable<http_reply> answer(http_request& request);

private:
  [[nodiscard]] asio::awaitable<core::status> check_ready();

  services& with_;
};

} // namespace rollcall::front
