#include "tests/unit/front/http_server_fixture.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {
namespace {

using http_server_test = http_server_fixture;

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
