#include "front/management_plane.hpp"

namespace rollcall::front {

namespace {

constexpr std::chrono::milliseconds ready_timeout{2'000};
constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

http_reply text(unsigned status, std::string body) {
  http_reply reply;
  reply.status = status;
  reply.content_type = plain_text;
  reply.body = std::move(body);
  return reply;
}

} // namespace

asio::awaitable<core::status> management_plane::check_ready() {
  const auto until = core::deadline::in(ready_timeout);
  auto asking = ask<actors::shard_status>(with_.via, with_.parts.coordinator, actors::status_request{}, until);
  ROLLCALL_CO_TRY(const auto status, co_await std::move(asking));
  if (!status.is_ready)
    co_return core::fail(core::error_code::not_ready, "partitions are being loaded");
  auto reading = [](store::store& in) -> core::status {
    ROLLCALL_CHECK(in.list_collections({}, 1));
    return core::nothing{};
  };
  auto asked = read(store_access{with_.via, with_.parts.store, until}, std::move(reading));
  auto answered = co_await std::move(asked);
  co_return answered;
}

asio::awaitable<http_reply> management_plane::answer(http_request& request) {
  if (request.method != "GET")
    co_return text(405, "GET only\n");
  if (request.path == "/livez")
    co_return text(200, "ok\n");
  if (request.path == "/readyz") {
    auto checking = check_ready();
    const auto ready = co_await std::move(checking);
    co_return ready ? text(200, "ok\n") : text(503, ready.failure().message + "\n");
  }
  if (request.path != "/metrics")
    co_return text(404, "/livez, /readyz, /metrics\n");
  auto reply = text(200, with_.parts.metrics_text());
  reply.content_type = prometheus_text;
  co_return reply;
}

} // namespace rollcall::front
