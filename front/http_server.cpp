#include "front/http_server.hpp"

#include "core/log.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rollcall::front {

using boost::system::error_code;

namespace {

/// Connections above the limit that are told so; more are just closed.
constexpr std::size_t refusals_at_once = 64;
constexpr std::chrono::milliseconds accept_pause{100};

} // namespace

http_server::http_server(asio::io_context& context, http_plane serving, const core::wall_clock& clock,
                         metric_set metrics)
    : context_(context),
      acceptor_(std::make_unique<asio::ip::tcp::acceptor>(asio::make_strand(context))),
      parts_{serving.limits, std::move(serving.handler), clock, memory_budget{serving.limits.body_memory_bytes},
             serving.tls},
      metrics_(metrics) {}

core::result<std::unique_ptr<http_server>> http_server::listen(asio::io_context& context, bound_socket at,
                                                               http_plane serving, const core::wall_clock& clock,
                                                               core::metric_registry& metrics) {
  const core::metric_registry::labels labels{{"plane", serving.name}};
  const metric_set set{
      metrics.make_gauge("rollcall_http_connections", "Open HTTP connections", labels),
      metrics.make_counter("rollcall_http_connections_total", "HTTP connections accepted", labels),
      metrics.make_counter("rollcall_http_refused_connections_total", "HTTP connections over the limit", labels)};
  std::unique_ptr<http_server> made{new http_server(context, std::move(serving), clock, set)};
  ROLLCALL_CHECK(made->listen_on(std::move(at)));
  asio::co_spawn(made->acceptor_->get_executor(), made->accept(), [](std::exception_ptr thrown) {
    if (thrown)
      core::log(core::log_level::failure, "front", "a server accepts no more: out of memory");
  });
  return made;
}

core::status http_server::listen_on(bound_socket socket) {
  bound_ = socket.at();
  error_code failed;
  acceptor_->assign(socket.is_v6() ? asio::ip::tcp::v6() : asio::ip::tcp::v4(), socket.release(), failed);
  if (!failed)
    acceptor_->listen(asio::socket_base::max_listen_connections, failed);
  if (failed)
    return core::fail(core::error_code::invalid_config,
                      "can't listen on " + to_string(bound_) + ": " + failed.message());
  return core::nothing{};
}

asio::awaitable<void> http_server::accept() {
  asio::steady_timer pause{acceptor_->get_executor()};
  while (acceptor_->is_open()) {
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    asio::ip::tcp::socket socket = co_await acceptor_->async_accept(asio::make_strand(context_), token);
    if (!failed) {
      start(std::move(socket));
    } else if (acceptor_->is_open()) {
      // Out of descriptors, most likely: connections that end will give some back.
      core::log(core::log_level::warning, "front", "can't accept a connection", {{"why", failed.message()}});
      pause.expires_after(accept_pause);
      co_await pause.async_wait(token);
    }
  }
}

void http_server::start(asio::ip::tcp::socket socket) {
  auto executor = socket.get_executor();
  auto session = std::make_shared<http_session>(std::move(socket), parts_);
  std::size_t open = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!is_accepting_)
      return;
    sessions_.emplace(session.get(), session);
    open = sessions_.size();
  }
  metrics_.accepted.add();
  metrics_.connections.set(static_cast<double>(open));
  const bool is_full = open > parts_.limits.max_connections;
  if (is_full)
    metrics_.refused.add();
  if (open > parts_.limits.max_connections + refusals_at_once)
    return forget(session.get());
  asio::co_spawn(
      executor, [session, is_full] { return is_full ? session->refuse() : session->run(); },
      [this, session](std::exception_ptr thrown) {
        if (thrown)
          core::log(core::log_level::failure, "front", "a connection ended for lack of memory");
        forget(session.get());
      });
}

void http_server::forget(const http_session* session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(session);
  metrics_.connections.set(static_cast<double>(sessions_.size()));
  changed_.notify_all();
}

std::vector<std::shared_ptr<http_session>> http_server::open_sessions() {
  std::vector<std::shared_ptr<http_session>> open;
  const std::lock_guard lock(mutex_);
  for (const auto& [address, session] : sessions_)
    if (auto held = session.lock())
      open.push_back(std::move(held));
  return open;
}

bool http_server::wait_until_empty(core::deadline until) {
  std::unique_lock lock(mutex_);
  return changed_.wait_until(lock, until.at(), [this] { return sessions_.empty(); });
}

bool http_server::stop(core::deadline until) {
  {
    const std::lock_guard lock(mutex_);
    is_accepting_ = false;
  }
  parts_.is_stopping = true;
  asio::dispatch(acceptor_->get_executor(), [this] {
    error_code ignored;
    acceptor_->close(ignored);
  });
  for (const auto& session : open_sessions())
    session->close_if_idle();
  if (wait_until_empty(until))
    return true;
  for (const auto& session : open_sessions())
    session->close();
  return false;
}

} // namespace rollcall::front
