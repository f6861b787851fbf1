#include "front/management_plane.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <memory>
#include <utility>

namespace rollcall::front {

namespace {

constexpr std::chrono::milliseconds check_timeout{2'000};
constexpr std::string_view plain_text = "text/plain; charset=utf-8";
constexpr std::string_view prometheus_text = "text/plain; version=0.0.4; charset=utf-8";

http_reply text(unsigned status, std::string body) {
  http_reply reply;
  reply.status = status;
  reply.content_type = plain_text;
  reply.body = std::move(body);
  return reply;
}

http_reply verdict(const core::status& checked) {
  return checked ? text(200, "ok\n") : text(503, checked.failure().message + "\n");
}

} // namespace

asio::awaitable<core::status> management_plane::check_ready() {
  const auto until = core::deadline::in(check_timeout);
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
  // Every other node is as far from it, and searches go on.
  if (is_away(answered) && with_.known.keeps())
    co_return core::nothing{};
  co_return answered;
}

asio::awaitable<core::status> management_plane::ask_actors(core::deadline until) {
  auto& parts = with_.parts;
  auto asking_store = ask<actors::store_status>(with_.via, parts.store, actors::status_request{}, until);
  ROLLCALL_CO_CHECK(co_await std::move(asking_store));
  auto asking_embedding = ask<actors::embedding_status>(with_.via, parts.embedding, actors::status_request{}, until);
  ROLLCALL_CO_CHECK(co_await std::move(asking_embedding));
  auto asking = ask<actors::shard_status>(with_.via, parts.coordinator, actors::status_request{}, until);
  ROLLCALL_CO_TRY(const auto shards, co_await std::move(asking));
  if (shards.silent > 0)
    co_return core::fail(core::error_code::unavailable, "a SHARD actor does not answer");
  co_return core::nothing{};
}

asio::awaitable<void> management_plane::tell_whether_alive(core::deadline until, completion<core::nothing> done) {
  auto asking = ask_actors(until);
  auto outcome = co_await std::move(asking);
  done(std::move(outcome));
}

// A hung actor system does not even keep the deadlines of requests to it, so the time is taken here.
asio::awaitable<core::status> management_plane::check_alive(core::deadline until) {
  const auto executor = co_await asio::this_coro::executor;
  auto asking = suspend<core::nothing>([this, executor, until](const completion<core::nothing>& done) {
    auto timer = std::make_shared<asio::steady_timer>(executor, until.at());
    timer->async_wait([timer, done](const boost::system::error_code&) {
      done(core::fail(core::error_code::deadline_exceeded, "the actors do not answer"));
    });
    asio::co_spawn(executor, tell_whether_alive(until, done), asio::detached);
  });
  auto outcome = co_await std::move(asking);
  co_return outcome;
}

asio::awaitable<http_reply> management_plane::answer(http_request& request) {
  if (request.method != "GET")
    co_return text(405, "GET only\n");
  if (request.path == "/livez") {
    auto checking = check_alive(core::deadline::in(check_timeout));
    co_return verdict(co_await std::move(checking));
  }
  if (request.path == "/readyz") {
    auto checking = check_ready();
    co_return verdict(co_await std::move(checking));
  }
  if (request.path != "/metrics")
    co_return text(404, "/livez, /readyz, /metrics\n");
  auto reply = text(200, with_.parts.metrics_text());
  reply.content_type = prometheus_text;
  co_return reply;
}

} // namespace rollcall::front
