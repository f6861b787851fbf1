#include "front/http_server.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

namespace rollcall::front {
namespace {

using namespace std::chrono_literals;

/// A client that gives up after five seconds.
class raw_client {
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
  ~raw_client() { ::close(number_); }
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;

  [[nodiscard]] bool is_connected() const { return is_connected_; }

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

  /// Everything until the server closes; "TIMEOUT" at the end when it doesn't in time.
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
  bool read_some(std::string& into) {
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

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t seen = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++seen;
  return seen;
}

/// A server that answers a request with its own body, "/stream" with three chunks.
struct http_server_test : testing::Test {
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
    auto made = http_server::listen(*context, *std::move(at), limits, handler, clock, core::null_metrics(), "test");
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
  core::system_wall_clock clock;
  std::unique_ptr<http_server> server;
  std::unique_ptr<asio::io_context> context = std::make_unique<asio::io_context>();
  asio::executor_work_guard<asio::io_context::executor_type> work{context->get_executor()};
  std::vector<std::thread> threads;
};

std::string post(std::string_view path, std::string_view body, std::string_view more = "") {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more}
         + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
}

TEST_F(http_server_test, answers_pipelined_requests_in_order) {
  start();
  auto client = connect();
  std::string all;
  for (const auto* body : {"one", "two", "three"})
    all += post("/", body);
  ASSERT_TRUE(client.send(all));
  client.end_sending();
  const auto got = client.read_all();
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 3U) << got;
  EXPECT_LT(got.find("one"), got.find("two"));
  EXPECT_LT(got.find("two"), got.find("three"));
  EXPECT_EQ(count(got, "\r\nDate: "), 3U);
  EXPECT_EQ(count(got, "\r\nContent-Length: "), 3U);
}

TEST_F(http_server_test, splits_the_target_and_hands_over_the_body) {
  start();
  auto client = connect();
  client.send(post("/a/b?c=d", "body", "Connection: close\r\n"));
  const auto got = client.read_all();
  EXPECT_NE(got.find("/a/b|c=d|body"), std::string::npos) << got;
  EXPECT_NE(got.find("Connection: close"), std::string::npos) << got;
}

TEST_F(http_server_test, reads_chunked_bodies) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n");
  client.end_sending();
  EXPECT_NE(client.read_all().find("||abcdefg"), std::string::npos);
}

TEST_F(http_server_test, asks_for_a_body_that_waits_for_it) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_NE(client.read_until("\r\n\r\n").find("100 Continue"), std::string::npos);
  client.send("ok");
  client.end_sending();
  EXPECT_NE(client.read_all().find("||ok"), std::string::npos);
}

TEST_F(http_server_test, streams_a_reply_in_chunks) {
  start();
  auto client = connect();
  client.send(post("/stream", ""));
  client.end_sending();
  const auto got = client.read_all();
  EXPECT_EQ(count(got, "piece"), 3U) << got;
  EXPECT_TRUE(got.ends_with("0\r\n\r\n")) << got;
}

TEST_F(http_server_test, turns_an_exception_into_a_fault) {
  start();
  auto client = connect();
  client.send(post("/throw", ""));
  client.send(post("/", "next"));
  client.end_sending();
  const auto got = client.read_all();
  EXPECT_NE(got.find("InternalServerError"), std::string::npos) << got;
  EXPECT_NE(got.find("next"), std::string::npos) << got;
}

TEST_F(http_server_test, refuses_large_headers_without_reading_them_all) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\n");
  const std::string line = "X-Filler: " + std::string(1'000, 'x') + "\r\n";
  for (int i = 0; i < 10'000 && client.send(line); ++i) {
  }
  client.end_sending();
  EXPECT_TRUE(client.read_all().starts_with("HTTP/1.1 431 "));
}

TEST_F(http_server_test, refuses_a_body_over_the_limit_by_its_length) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n\r\n");
  const auto got = client.read_until("too large");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 413 ")) << got;
}

TEST_F(http_server_test, refuses_a_chunked_body_over_the_limit) {
  start();
  auto client = connect();
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  const std::string chunk = "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  for (int i = 0; i < 11; ++i)
    client.send(chunk);
  const auto got = client.read_until("too large");
  EXPECT_TRUE(got.starts_with("HTTP/1.1 413 ")) << got;
}

TEST_F(http_server_test, bounds_the_memory_of_all_bodies) {
  start();
  auto first = connect();
  first.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\nExpect: 100-continue\r\n\r\n");
  ASSERT_NE(first.read_until("\r\n\r\n").find("100 Continue"), std::string::npos);
  auto second = connect();
  second.send(post("/", std::string(60'000, 'x')));
  const auto got = second.read_until("Throttling");
  EXPECT_NE(got.find("ThrottlingException"), std::string::npos) << got;
}

TEST_F(http_server_test, answers_garbage_with_an_error_and_closes) {
  start();
  for (const std::string garbage : {"\x16\x03\x01\x02\x01\x01\xfc\x03\x03garbage\r\n\r\n", "hello\r\n\r\n",
                                    "GET / HTTP/9.9\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                                    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"}) {
    auto client = connect();
    client.send(garbage);
    client.end_sending();
    const auto got = client.read_all();
    EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << garbage << " -> " << got;
    EXPECT_EQ(count(got, "HTTP/1.1 400"), 1U) << got;
  }
}

TEST_F(http_server_test, tells_slow_peers_that_their_time_is_over) {
  start();
  for (const std::string begun :
       {"P", "POST / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
    auto slow = connect();
    slow.send(begun);
    const auto got = slow.read_all();
    EXPECT_TRUE(got.starts_with("HTTP/1.1 408 ")) << begun << " -> " << got;
    EXPECT_NE(got.find("RequestTimeoutException"), std::string::npos) << got;
  }
}

TEST_F(http_server_test, gives_up_on_a_peer_that_drips) {
  start();
  auto slow = connect();
  const auto until = core::deadline::in(10s);
  slow.send("POST / HTTP/1.1\r\n");
  while (slow.send("A: b\r\n") && !until.has_passed())
    std::this_thread::sleep_for(20ms);
  EXPECT_FALSE(until.has_passed());
}

TEST_F(http_server_test, tells_half_closed_peers_that_their_request_was_cut_short) {
  start();
  for (const std::string begun :
       {"POST / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab"}) {
    auto client = connect();
    client.send(begun);
    client.end_sending();
    const auto got = client.read_all();
    EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << begun << " -> " << got;
    EXPECT_NE(got.find("cut short"), std::string::npos) << got;
  }
}

TEST_F(http_server_test, closes_idle_connections) {
  limits.idle_timeout = 50ms;
  start();
  auto client = connect();
  EXPECT_EQ(client.read_all(), "");
}

TEST_F(http_server_test, tells_connections_over_the_limit_and_serves_again_later) {
  start();
  {
    std::vector<std::unique_ptr<raw_client>> open;
    for (std::size_t i = 0; i < limits.max_connections; ++i) {
      open.push_back(std::make_unique<raw_client>(server->bound().port));
      open.back()->send(post("/", "x"));
      ASSERT_NE(open.back()->read_until("||x").find("200 OK"), std::string::npos);
    }
    auto refused = connect();
    EXPECT_NE(refused.read_until("Throttling").find("ThrottlingException"), std::string::npos);
  }
  const auto until = core::deadline::in(5s);
  bool is_served = false;
  while (!is_served && !until.has_passed()) {
    auto client = connect();
    client.send(post("/", "again", "Connection: close\r\n"));
    is_served = client.read_all().find("200 OK") != std::string::npos;
  }
  EXPECT_TRUE(is_served);
}

TEST_F(http_server_test, ends_idle_connections_and_refuses_new_ones_when_it_stops) {
  start();
  auto idle = connect();
  idle.send(post("/", "x"));
  ASSERT_NE(idle.read_until("||x").find("200 OK"), std::string::npos);
  EXPECT_TRUE(server->stop(core::deadline::in(2s)));
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(http_server_test, says_which_address_it_cannot_have) {
  start();
  const auto port = server->bound().port;
  const auto again = bound_socket::bind({"127.0.0.1", port});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.failure().code, core::error_code::invalid_config);
  EXPECT_NE(again.failure().message.find(std::to_string(port)), std::string::npos);
  EXPECT_FALSE(bound_socket::bind({"no such host", 0}));
}

TEST_F(http_server_test, a_socket_that_is_only_bound_keeps_nobody_waiting) {
  auto at = bound_socket::bind({"127.0.0.1", 0});
  ASSERT_TRUE(at);
  EXPECT_NE(at->at().port, 0);
  EXPECT_FALSE(raw_client{at->at().port}.is_connected());
}

TEST(exposure, needs_a_key_beyond_loopback) {
  EXPECT_TRUE(check_exposure({"127.0.0.1", 0}, false));
  EXPECT_TRUE(check_exposure({"localhost", 0}, false));
  EXPECT_TRUE(check_exposure({"::1", 0}, false));
  EXPECT_FALSE(check_exposure({"0.0.0.0", 0}, false));
  EXPECT_FALSE(check_exposure({"::", 0}, false));
  EXPECT_TRUE(check_exposure({"0.0.0.0", 0}, true));
  EXPECT_FALSE(check_exposure({"nowhere", 0}, true));
}

} // namespace
} // namespace rollcall::front
