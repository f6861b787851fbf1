/// An HTTP/1.1 server on Boost.Beast: accepts connections within a limit and runs a coroutine for each. It runs on the
/// io_context that it is given, whose threads the owner has. `front` has two, for the public and the management port.
#pragma once

#include "front/http_session.hpp"

#include <boost/asio/io_context.hpp>

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

namespace rollcall::front {

/// What a server serves, and how.
struct http_plane {
  std::string name; ///< labels the metrics
  http_limits limits;
  http_handler handler;
  tls_keeper* tls = nullptr; ///< null: plain HTTP
};

class http_server {
public:
  /// Listens; accepts once the io_context runs. References outlive the object.
  /// Errors: `invalid_config` when another process has come to listen there.
  [[nodiscard]] static core::result<std::unique_ptr<http_server>> listen(asio::io_context& context, bound_socket at,
                                                                         http_plane serving,
                                                                         const core::wall_clock& clock,
                                                                         core::metric_registry& metrics);

  /// Outlives the io_context's coroutines, so it goes after the io_context: call `stop` and `release` before.
  ~http_server() = default;

  http_server(const http_server&) = delete;
  http_server& operator=(const http_server&) = delete;

  /// Where it listens, with the port chosen.
  [[nodiscard]] const endpoint& bound() const noexcept { return bound_; }

  /// Accepts no more, ends idle connections, lets the others answer until `until`, then cuts them. Blocks, while other
  /// threads run the io_context; true when no connection had to be cut.
  bool stop(core::deadline until);

  /// Gives up the listening socket. No thread runs the io_context any more.
  void release() { acceptor_.reset(); }

private:
  struct metric_set {
    core::gauge& connections;
    core::counter& accepted;
    core::counter& refused;
  };

  http_server(asio::io_context& context, http_plane serving, const core::wall_clock& clock, metric_set metrics);
  core::status listen_on(bound_socket socket);
  asio::awaitable<void> accept();
  void start(asio::ip::tcp::socket socket);
  void forget(const http_session* session);
  [[nodiscard]] std::vector<std::shared_ptr<http_session>> open_sessions();
  [[nodiscard]] bool wait_until_empty(core::deadline until);

  asio::io_context& context_;
  std::unique_ptr<asio::ip::tcp::acceptor> acceptor_;
  http_session_parts parts_;
  metric_set metrics_;
  endpoint bound_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<const http_session*, std::weak_ptr<http_session>> sessions_; ///< guarded by mutex_
  bool is_accepting_ = true;                                            ///< guarded by mutex_
};

} // namespace rollcall::front
