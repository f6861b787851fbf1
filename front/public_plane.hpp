/// The public port: Rekognition's operations, and the admin API below /admin/. Counts and bounds the requests in
/// flight, gives each an id and a deadline, and turns every failure into the protocol's error. Any thread.
#pragma once

#include "front/services.hpp"

#include <optional>

namespace rollcall::front {

class public_plane {
public:
  /// `with` outlives the object, and the object all requests.
  explicit public_plane(services& with) : with_(with) {}

  /// Answers one request; what `http_server` calls.
  [[nodiscard]] asio::awaitable<http_reply> answer(http_request& request);

private:
  [[nodiscard]] asio::awaitable<http_reply> answer_operation(http_request& request, core::request_id id);
  [[nodiscard]] asio::awaitable<core::result<std::string>>
  run_operation(request_context& context, http_request& request, std::optional<wire::operation>& op);
  [[nodiscard]] http_reply refuse(core::request_id id, core::error why);

  services& with_;
};

} // namespace rollcall::front
