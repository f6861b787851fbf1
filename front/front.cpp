#include "front/front.hpp"

#include "core/log.hpp"
#include "front/http_server.hpp"
#include "front/key_keeper.hpp"
#include "front/management_plane.hpp"
#include "front/public_plane.hpp"
#include "front/realtime/realtime_plane.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>

#include <algorithm>
#include <bit>
#include <future>
#include <thread>

namespace rollcall::front {

namespace {

constexpr std::size_t max_threads = 64;
constexpr std::chrono::milliseconds start_timeout{10'000};

core::error invalid(std::string message) {
  return core::fail(core::error_code::invalid_config, std::move(message));
}

} // namespace

core::status check(const front_settings& settings, core::wall_time now) {
  const auto is_count = [](std::size_t count) { return count >= 1 && count <= max_threads; };
  if (!is_count(settings.threads) || !is_count(settings.gateways) || !is_count(settings.file_workers))
    return invalid("front: threads, gateways and file workers are 1 to 64");
  if (settings.max_in_flight == 0 || settings.file_queue == 0 || settings.limits.max_connections == 0)
    return invalid("front: the limits of requests, connections and reads are at least 1");
  if (!std::has_single_bit(settings.partitions))
    return invalid("front: partitions must be a power of two");
  for (const auto& [bucket, directory] : settings.buckets) {
    std::error_code failed;
    if (!std::filesystem::is_directory(directory, failed))
      return invalid("The bucket '" + bucket + "' is mapped to " + directory.string() + ", which is not a directory");
  }
  if (settings.tls.is_on())
    ROLLCALL_CHECK(load_tls_identity(settings.tls, now));
  return core::nothing{};
}

core::status check_exposure(const endpoint& http, bool has_key) {
  ROLLCALL_TRY(const auto is_loopback, is_loopback_host(http.host));
  if (!has_key && !is_loopback)
    return invalid("refusing to listen on " + to_string(http)
                   + " without an API key: make the first one on a loopback address with 'rollcall init'");
  return core::nothing{};
}

/// Members in order of dependence: what coroutines use outlives the io_context that holds their frames.
class front::impl {
public:
  impl(front_settings given, front_parts with, bool is_loopback)
      : settings(std::move(given)),
        parts(std::move(with)),
        via(parts.system, settings.gateways),
        gate(parts.clock, settings.arn, is_loopback),
        objects(settings.buckets, settings.max_object_bytes, settings.file_workers, settings.file_queue),
        metrics(parts.metrics),
        under_way(metrics.in_flight),
        known(settings.last_known),
        shared{settings,  parts,     via,       gate,  objects,   metrics,
               under_way, on_zeromq, inspector, known, doublings, std::chrono::steady_clock::now()},
        plane(shared),
        realtime(shared),
        management(shared),
        context(static_cast<int>(settings.threads)),
        work(asio::make_work_guard(context)),
        keys(context, shared) {}

  core::status serve(front_sockets sockets);
  void stop(std::chrono::milliseconds grace);

  const front_settings settings;
  front_parts parts;
  gateway via;
  admission gate;
  object_files objects;
  front_metrics metrics;
  flights under_way;
  realtime_facts on_zeromq;
  core::worker_pool inspector{1, 8};
  last_known known;
  doubling_watch doublings;
  services shared;
  public_plane plane;
  realtime_plane realtime;
  management_plane management;
  std::unique_ptr<http_server> http_server_;
  std::unique_ptr<http_server> management_server_;
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> work;
  key_keeper keys;
  std::unique_ptr<tls_keeper> tls; ///< null: plain HTTP
  std::vector<std::thread> threads;
  bool has_stopped = false;

private:
  core::status load_keys();
  core::status secure();
  core::status listen(front_sockets sockets);
};

core::status front::impl::load_keys() {
  const auto until = core::deadline::in(start_timeout);
  std::promise<core::status> loaded;
  auto load = [this, until, &loaded]() -> asio::awaitable<void> {
    auto refreshing = refresh_keys(shared, until);
    auto refreshed = co_await std::move(refreshing);
    loaded.set_value(std::move(refreshed));
  };
  auto done = loaded.get_future();
  asio::co_spawn(context, load(), asio::detached);
  ROLLCALL_CHECK(done.get());
  return check_exposure(settings.http, !gate.has_no_keys());
}

core::status front::impl::secure() {
  if (settings.tls.is_on()) {
    ROLLCALL_TRY(tls, tls_keeper::make(settings.tls, parts.clock, parts.metrics));
    tls->start(context);
    return core::nothing{};
  }
  ROLLCALL_TRY(const auto is_loopback, is_loopback_host(settings.http.host));
  if (!is_loopback)
    core::log(
        core::log_level::warning, "front",
        "THE API IS SERVED WITHOUT TLS BEYOND THIS MACHINE: pictures, embeddings and replies cross the network in "
        "the clear. Set http.tls_certificate and http.tls_key, or let only a proxy that ends TLS reach it",
        {{"http", to_string(settings.http)}});
  return core::nothing{};
}

core::status front::impl::listen(front_sockets sockets) {
  if (sockets.http) {
    http_plane on_public{"public", settings.limits, {}, tls.get()};
    on_public.handler = [this](http_request& request) { return plane.answer(request); };
    ROLLCALL_TRY(http_server_, http_server::listen(context, *std::move(sockets.http), std::move(on_public), parts.clock,
                                                   parts.metrics));
  }
  http_plane on_management{"management", settings.limits, {}, nullptr};
  on_management.limits.max_connections = std::min<std::size_t>(settings.limits.max_connections, 64);
  on_management.handler = [this](http_request& request) { return management.answer(request); };
  ROLLCALL_TRY(management_server_, http_server::listen(context, std::move(sockets.management), std::move(on_management),
                                                       parts.clock, parts.metrics));
  return core::nothing{};
}

core::status front::impl::serve(front_sockets sockets) {
  for (std::size_t i = 0; i < settings.threads; ++i)
    threads.emplace_back([this] { context.run(); });
  const bool is_public = sockets.http.has_value();
  if (is_public) {
    ROLLCALL_CHECK(load_keys());
    ROLLCALL_CHECK(secure());
    ROLLCALL_CHECK(realtime.start(context, settings.realtime));
    on_zeromq = {realtime.bound(), settings.realtime.keys.public_key};
  }
  ROLLCALL_CHECK(listen(std::move(sockets)));
  if (is_public)
    keys.start();
  return core::nothing{};
}

void front::impl::stop(std::chrono::milliseconds grace) {
  if (std::exchange(has_stopped, true))
    return;
  const auto until = core::deadline::in(grace);
  keys.stop();
  realtime.stop(until);
  bool is_clean = true;
  if (http_server_)
    is_clean = http_server_->stop(until);
  if (management_server_)
    is_clean = management_server_->stop(until) && is_clean;
  if (!is_clean)
    core::log(core::log_level::warning, "front", "connections were cut: their requests did not end within the grace");
  work.reset();
  context.stop();
  for (auto& thread : threads)
    thread.join();
  realtime.release();
  // From here nothing runs a coroutine; the actors and workers hand back what they hold before the frames go.
  via.stop();
  objects.stop();
  inspector.close();
  for (const auto& server : {http_server_.get(), management_server_.get()})
    if (server != nullptr)
      server->release();
}

front::front(std::unique_ptr<impl> made) : impl_(std::move(made)) {}

front::~front() {
  stop(std::chrono::milliseconds{0});
}

core::result<std::unique_ptr<front>> front::start(front_settings settings, front_parts parts, front_sockets sockets) {
  ROLLCALL_CHECK(check(settings, parts.clock.now()));
  if (parts.page_token_key.size() < 16)
    return invalid("front: the page token key needs 16 bytes");
  ROLLCALL_TRY(const auto is_loopback, is_loopback_host(settings.http.host));
  auto made = std::make_unique<impl>(std::move(settings), std::move(parts), is_loopback);
  auto served = made->serve(std::move(sockets));
  std::unique_ptr<front> whole{new front(std::move(made))};
  if (!served)
    return std::move(served).failure();
  return whole;
}

std::optional<endpoint> front::http() const {
  return impl_->http_server_ ? std::optional{impl_->http_server_->bound()} : std::nullopt;
}

const endpoint& front::management() const noexcept {
  return impl_->management_server_->bound();
}

core::status front::check_alive(core::deadline until) {
  auto told = std::make_shared<std::promise<core::status>>(); // it may be told after the deadline
  auto answer = told->get_future();
  auto check = [](management_plane& plane, core::deadline by,
                  std::shared_ptr<std::promise<core::status>> tell) -> asio::awaitable<void> {
    auto checking = plane.check_alive(by);
    auto outcome = co_await std::move(checking);
    tell->set_value(std::move(outcome));
  };
  asio::co_spawn(impl_->context, check(impl_->management, until, std::move(told)), asio::detached);
  if (answer.wait_until(until.at()) != std::future_status::ready)
    return core::fail(core::error_code::deadline_exceeded, "the threads that serve HTTP do not answer");
  return answer.get();
}

void front::stop(std::chrono::milliseconds grace) {
  impl_->stop(grace);
}

} // namespace rollcall::front
