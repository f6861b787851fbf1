/// What tests of the HTTP server share: a server that echoes, and a client that sends what it likes.
#pragma once

#include "front/http_server.hpp"
#include "tests/support/recorded_metrics.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace rollcall::front {

using namespace std::chrono_literals;

/// What a client can do that reads piece by piece.
class reading_client {
public:
  reading_client() = default;
  reading_client(const reading_client&) = delete;
  reading_client& operator=(const reading_client&) = delete;
  virtual ~reading_client() = default;

  /// Everything until the server ends; how, when it was not in order, stands behind it in capitals.
  std::string read_all() {
    std::string got;
    while (read_some(got)) {
    }
    return got;
  }

  /// Reads until `text` has been seen.
  std::string read_until(std::string_view text) {
    std::string got;
    while (got.find(text) == std::string::npos && read_some(got)) {
    }
    return got;
  }

private:
  /// Adds to `into`; false when nothing more will come.
  virtual bool read_some(std::string& into) = 0;
};

/// A client that gives up after five seconds.
class raw_client final : public reading_client {
public:
  explicit raw_client(std::uint16_t port) : number_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{5, 0};
    ::setsockopt(number_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(number_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(number_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~raw_client() override { ::close(number_); }

  [[nodiscard]] bool is_connected() const { return is_connected_; }
  [[nodiscard]] int socket() const { return number_; }

  /// False when the server stopped listening to us.
  bool send(std::string_view text) {
    while (!text.empty()) {
      const auto sent = ::send(number_, text.data(), text.size(), MSG_NOSIGNAL);
      if (sent <= 0)
        return false;
      text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void end_sending() { ::shutdown(number_, SHUT_WR); }

private:
  bool read_some(std::string& into) override {
    std::array<char, 4096> piece;
    const auto got = ::recv(number_, piece.data(), piece.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      into += "TIMEOUT";
    if (got > 0)
      into.append(piece.data(), static_cast<std::size_t>(got));
    return got > 0;
  }

  int number_;
  bool is_connected_ = false;
};

inline std::size_t count(std::string_view text, std::string_view what) {
  std::size_t seen = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++seen;
  return seen;
}

/// A server that answers a request with its own body, "/stream" with three chunks.
struct http_server_fixture : testing::Test {
  void SetUp() override {
    limits.max_connections = 4;
    limits.max_body_bytes = 100'000;
    limits.body_memory_bytes = 150'000;
    limits.header_timeout = 200ms;
    limits.body_timeout = 200ms;
  }

  void TearDown() override {
    if (server)
      server->stop(core::deadline::in(2s));
    work.reset();
    context->stop();
    for (auto& thread : threads)
      thread.join();
    if (server)
      server->release();
    context.reset();
  }

  void start() {
    http_handler handler = [](http_request& request) { return echo(request); };
    auto at = bound_socket::bind({"127.0.0.1", 0});
    ASSERT_TRUE(at) << at.failure().message;
    auto made = http_server::listen(*context, *std::move(at), {"test", limits, handler, tls}, clock, metrics);
    ASSERT_TRUE(made) << made.failure().message;
    server = *std::move(made);
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([this] { context->run(); });
  }

  static asio::awaitable<http_reply> echo(http_request& request) {
    if (request.path == "/throw")
      throw std::runtime_error("a bug");
    http_reply reply;
    if (request.path == "/stream") {
      reply.more = [left = std::make_shared<int>(3)]() -> asio::awaitable<core::result<std::string>> {
        return piece(left);
      };
      co_return reply;
    }
    reply.body = request.path + "|" + request.query + "|" + std::string{request.body.view()};
    co_return reply;
  }

  static asio::awaitable<core::result<std::string>> piece(std::shared_ptr<int> left) {
    co_return (*left)-- > 0 ? std::string{"piece\n"} : std::string{};
  }

  [[nodiscard]] raw_client connect() const { return raw_client{server->bound().port}; }

  http_limits limits;
  tls_keeper* tls = nullptr;
  core::system_wall_clock clock;
  test::recorded_metrics metrics;
  std::unique_ptr<http_server> server;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  asio::executor_work_guard<asio::io_context::executor_type> work{context->get_executor()};
  std::vector<std::thread> threads;
};

inline std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more}
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

} // namespace rollcall::front
