#include "front/key_keeper.hpp"

#include "core/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>

namespace rollcall::front {

namespace {

constexpr std::chrono::minutes warning_period{1};

// Whether the store is back.
constexpr std::chrono::seconds look_again{1};

} // namespace

asio::awaitable<core::status> refresh_keys(services& with, core::deadline until) {
  auto reading = [](store::store& in) { return in.list_keys(); };
  auto asked = read(store_access{with.via, with.parts.store, until}, std::move(reading));
  auto keys = co_await std::move(asked);
  with.known.note_store(is_away(keys));
  if (!keys)
    co_return std::move(keys).failure();
  with.gate.use_keys(*std::move(keys));
  co_return core::nothing{};
}

key_keeper::key_keeper(asio::io_context& context, services& with)
    : with_(with), strand_(asio::make_strand(context)), timer_(strand_) {}

void key_keeper::start() {
  asio::co_spawn(strand_, run(), asio::detached);
}

void key_keeper::stop() {
  asio::dispatch(strand_, [this] {
    is_stopping_ = true;
    timer_.cancel();
  });
}

asio::awaitable<void> key_keeper::run() {
  while (!is_stopping_) {
    warn_if_open();
    timer_.expires_after(with_.known.is_store_away() ? look_again : with_.settings.key_refresh);
    boost::system::error_code ignored;
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await timer_.async_wait(token);
    if (is_stopping_)
      break;
    auto refreshing = refresh_keys(with_, core::deadline::in(with_.settings.request_timeout));
    const auto refreshed = co_await std::move(refreshing);
    if (!refreshed)
      core::log(core::log_level::warning, "front", "can't refresh the API keys",
                {{"why", refreshed.failure().message}, {"context", refreshed.failure().context}});
  }
}

void key_keeper::warn_if_open() {
  const auto now = std::chrono::steady_clock::now();
  if (!with_.gate.is_open() || (warned_ != core::steady_time{} && now - warned_ < warning_period))
    return;
  warned_ = now;
  core::log(core::log_level::warning, "front",
            "NO API KEY IS CONFIGURED: everybody on this machine may read and change everything. "
            "Make the first key with 'rollcall init'");
}

} // namespace rollcall::front
