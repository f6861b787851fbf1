#include "front/tls_keeper.hpp"
#include "tests/unit/front/tls_client.hpp"
#include "tests/unit/front/tls_fixture.hpp"

namespace rollcall::front {
namespace {

constexpr auto refused = "rollcall_tls_handshake_failures_total";

struct tls_server_test : http_server_fixture {
  void SetUp() override {
    http_server_fixture::SetUp();
    limits.header_timeout = 5s; // of the handshake, too, which may take its time on a busy machine
  }

  void start(tls_version least = tls_version::tls_1_2) {
    files.settings.least = least;
    auto made = tls_keeper::make(files.settings, clock, metrics);
    ASSERT_TRUE(made) << made.failure().message;
    keeper = *std::move(made);
    tls = keeper.get();
    http_server_fixture::start();
  }

  [[nodiscard]] std::uint16_t port() const { return server->bound().port; }

  /// Waits until the metric has the value.
  void wait_for(const std::string& name, double value) const {
    const auto until = core::deadline::in(5s);
    while (metrics.value(name) != value && !until.has_passed())
      std::this_thread::yield();
    EXPECT_EQ(metrics.value(name), value) << name;
  }
  /// The server holds no connection any more.
  void expect_nobody_left() const { wait_for("rollcall_http_connections", 0); }

  test::certificate certificate = test::issue();
  tls_files files{certificate};
  std::unique_ptr<tls_keeper> keeper;
};

TEST_F(tls_server_test, serves_what_it_serves_in_the_clear) {
  limits.max_body_bytes = 1'000'000;
  limits.body_memory_bytes = 2'000'000;
  limits.body_timeout = 5s;
  start();
  tls_client client{port(), certificate.pem};
  ASSERT_TRUE(client.is_secure());
  const std::string large(500'000, 'x'); // many records
  client.send(post("/", "one") + post("/", "two") + post("/stream", ""));
  client.send(post("/", large));
  client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
  client.end_sending();
  const auto got = client.read_all();
  EXPECT_EQ(count(got, "HTTP/1.1 200 OK"), 5U);
  EXPECT_LT(got.find("||one"), got.find("||two"));
  EXPECT_EQ(count(got, "piece"), 3U);
  EXPECT_EQ(count(got, large), 1U);
  EXPECT_EQ(count(got, "||abc"), 1U);
  EXPECT_EQ(count(got, "CUT"), 0U) << "no close_notify";
  EXPECT_EQ(metrics.value(refused), 0);
}

TEST_F(tls_server_test, tells_slow_and_cut_short_requests_so) {
  start();
  {
    tls_client slow{port(), certificate.pem};
    slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    EXPECT_TRUE(slow.read_all().starts_with("HTTP/1.1 408 "));
    tls_client cut{port(), certificate.pem};
    cut.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    cut.end_sending();
    EXPECT_NE(cut.read_all().find("cut short"), std::string::npos);
  }
  // Who ends without a close_notify is gone, or somebody has cut the line: not answered.
  tls_client gone{port(), certificate.pem};
  gone.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
  gone.under().end_sending();
  EXPECT_EQ(gone.read_all(), "");
  expect_nobody_left();
}

TEST_F(tls_server_test, says_that_it_closes) {
  limits.idle_timeout = 5s;
  start();
  tls_client asked{port(), certificate.pem};
  asked.send(post("/", "x", "Connection: close\r\n"));
  EXPECT_TRUE(asked.read_all().ends_with("||x"));
  tls_client idle{port(), certificate.pem};
  idle.send(post("/", "x"));
  ASSERT_NE(idle.read_until("||x").find("200 OK"), std::string::npos);
  EXPECT_TRUE(server->stop(core::deadline::in(2s)));
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(tls_server_test, stops_while_peers_are_at_the_handshake_or_do_not_read) {
  limits.header_timeout = 30s;
  start();
  const auto half = connect();
  tls_client deaf{port(), certificate.pem};
  ASSERT_TRUE(deaf.is_secure());
  wait_for("rollcall_http_connections", 2);
  EXPECT_TRUE(server->stop(core::deadline::in(5s)));
}

TEST_F(tls_server_test, agrees_on_http_1_1_alone) {
  start();
  tls_client both{port(), certificate.pem, {.protocols = "\x02h2\x08http/1.1"}};
  EXPECT_EQ(both.protocol(), "http/1.1");
  tls_client silent{port(), certificate.pem};
  EXPECT_TRUE(silent.is_secure());
  EXPECT_EQ(silent.protocol(), "");
  const tls_client other{port(), certificate.pem, {.protocols = "\x02h2"}};
  EXPECT_FALSE(other.is_secure());
}

TEST_F(tls_server_test, speaks_no_version_that_is_too_old) {
  start();
  const tls_client old{port(), certificate.pem, {.oldest = TLS1_1_VERSION, .newest = TLS1_1_VERSION}};
  EXPECT_FALSE(old.is_secure());
  const tls_client fair{port(), certificate.pem, {.newest = TLS1_2_VERSION}};
  EXPECT_TRUE(fair.is_secure());
}

TEST_F(tls_server_test, speaks_tls_1_3_alone_where_it_is_told_to) {
  start(tls_version::tls_1_3);
  const tls_client fair{port(), certificate.pem, {.newest = TLS1_2_VERSION}};
  EXPECT_FALSE(fair.is_secure());
  const tls_client fresh{port(), certificate.pem};
  EXPECT_TRUE(fresh.is_secure());
}

TEST_F(tls_server_test, does_not_negotiate_again) {
  start();
  tls_client client{port(), certificate.pem, {.newest = TLS1_2_VERSION}};
  ASSERT_TRUE(client.is_secure());
  ::SSL_renegotiate(client.ssl());
  EXPECT_NE(::SSL_do_handshake(client.ssl()), 1);
}

TEST_F(tls_server_test, sends_the_chain_that_its_file_holds) {
  const auto root = test::issue({.host = "root", .is_authority = true});
  const auto between = test::issue({.host = "between", .issuer = &root, .is_authority = true});
  const auto leaf = test::issue({.issuer = &between});
  files.put({leaf.pem + between.pem, leaf.key});
  start();
  const tls_client client{port(), root.pem};
  EXPECT_TRUE(client.is_secure());
}

TEST_F(tls_server_test, tells_plain_http_where_it_came) {
  start();
  auto plain = connect();
  plain.send(post("/", "x"));
  const auto got = plain.read_all();
  EXPECT_TRUE(got.starts_with("HTTP/1.1 400 ")) << got;
  EXPECT_NE(got.find("write https:// in the endpoint"), std::string::npos) << got;
  EXPECT_EQ(metrics.value(refused), 1);
}

TEST_F(tls_server_test, closes_and_counts_whoever_does_not_speak_tls) {
  limits.max_connections = 100;
  limits.header_timeout = 200ms;
  start();
  const std::string hello{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11}; // of 512 bytes, never sent
  for (const std::string& garbage :
       {std::string(1'000, '\xff'), std::string{"\x16\x03\x01\xff\xff"}, hello, std::string{}}) {
    auto client = connect();
    client.send(garbage);
    client.end_sending();
    EXPECT_EQ(count(client.read_all(), "TIMEOUT"), 0U);
  }
  auto silent = connect(); // until the header timeout
  auto half = connect();
  half.send(hello);
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
  { const auto vanishes = connect(); }
  wait_for(refused, 7);
  expect_nobody_left();
}

TEST_F(tls_server_test, counts_handshakes_against_the_limit) {
  start();
  {
    std::vector<std::unique_ptr<raw_client>> silent;
    for (std::size_t i = 0; i < limits.max_connections; ++i)
      silent.push_back(std::make_unique<raw_client>(port()));
    wait_for("rollcall_http_connections", static_cast<double>(limits.max_connections));
    tls_client over{port(), certificate.pem};
    EXPECT_NE(over.read_until("Throttling").find("ThrottlingException"), std::string::npos);
  }
  expect_nobody_left();
  tls_client later{port(), certificate.pem};
  later.send(post("/", "later"));
  EXPECT_NE(later.read_until("||later").find("200 OK"), std::string::npos);
}

TEST_F(tls_server_test, new_connections_get_the_new_certificate_and_running_ones_go_on) {
  start();
  tls_client before{port(), certificate.pem};
  before.send(post("/", "one"));
  ASSERT_NE(before.read_until("||one").find("200 OK"), std::string::npos);
  const auto renewed = test::issue();
  files.put(renewed);
  keeper->look();
  const tls_client after{port(), renewed.pem};
  EXPECT_TRUE(after.is_secure());
  EXPECT_FALSE((tls_client{port(), certificate.pem}.is_secure()));
  before.send(post("/", "two"));
  EXPECT_NE(before.read_until("||two").find("200 OK"), std::string::npos);
}

} // namespace
} // namespace rollcall::front
