// Peers over real ZeroMQ sockets on loopback: with keys, without, gone, come back, and strangers.
#include "net/zmq_peers.hpp"

#include "tests/unit/net/echo_node.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <set>
#include <thread>

namespace rollcall::net {

namespace {

TEST(zmq_peers, ask_and_answer_by_their_keys) {
  node a("a");
  node b("b");
  b->admit({{a.key(), "a"}});
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{2'000}, std::size_t{200'000}, chunk_bytes, 5 * chunk_bytes + 3}) {
    const auto got = a.ask("b", make_body(size));
    ASSERT_TRUE(got) << size << got.failure().message;
    EXPECT_EQ(**got, *make_body(size));
  }
  const auto all = a->status();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_TRUE(all[0].is_open);
}

TEST(zmq_peers, ask_and_answer_in_the_clear_on_loopback) {
  node a("a", false);
  node b("b", false);
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  EXPECT_TRUE(a.ask("b", make_body(3)));
}

TEST(zmq_peers, many_threads_share_a_link) {
  node a("a");
  node b("b");
  b->admit({{a.key(), "a"}});
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  std::vector<std::thread> askers;
  std::atomic<int> right = 0;
  for (std::uint8_t asker = 0; asker < 4; ++asker)
    askers.emplace_back([&, asker] {
      for (std::size_t i = 0; i < 300; ++i) {
        const auto got = a.ask("b", make_body(i, asker));
        right += got && **got == *make_body(i, asker) ? 1 : 0;
      }
    });
  for (auto& one : askers)
    one.join();
  EXPECT_EQ(right, 1'200);
  EXPECT_EQ(b.served, 1'200);
}

TEST(zmq_peers, a_node_that_ends_fails_what_is_under_way_at_once) {
  // Nothing but the broken connection can tell before the test gives up.
  link_settings patient;
  patient.silence = patient.hang = 10 * patience;
  node a("a", true, "", patient);
  auto b = std::make_unique<node>("b");
  b->operator->()->admit({{a.key(), "a"}});
  a.connect(*b);
  ASSERT_TRUE(a.wait_until_open("b"));
  b->keeps_silent = true;
  std::promise<core::result<core::shared_bytes>> ended;
  a->ask("b", "echo", make_body(3), core::deadline::in(patience),
         [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
  b.reset();
  EXPECT_EQ(ended.get_future().get().failure().code, error_code::unavailable); // not its deadline
  EXPECT_TRUE(a.wait_until_open("b", false));
  EXPECT_EQ(a.ask("b", make_body(1)).failure().code, error_code::unavailable);
}

TEST(zmq_peers, a_node_that_comes_back_is_found_again) {
  node a("a", false);
  auto b = std::make_unique<node>("b", false);
  const auto address = b->address().address;
  a.connect(*b);
  ASSERT_TRUE(a.wait_until_open("b"));
  b.reset();
  ASSERT_TRUE(a.wait_until_open("b", false));
  b = std::make_unique<node>("b", false, address);
  ASSERT_TRUE(a.wait_until_open("b"));
  EXPECT_TRUE(a.ask("b", make_body(3)));
}

TEST(zmq_peers, the_end_of_the_asking_node_ends_its_requests) {
  auto a = std::make_unique<node>("a", false);
  node b("b", false);
  b.keeps_silent = true;
  a->connect(b);
  ASSERT_TRUE(a->wait_until_open("b"));
  std::promise<core::result<core::shared_bytes>> ended;
  a->operator->()->ask("b", "echo", make_body(3), core::deadline::in(patience),
                       [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
  a->stop();
  EXPECT_EQ(ended.get_future().get().failure().code, error_code::unavailable);
}

TEST(zmq_peers, a_node_never_connected_to_is_unavailable) {
  node a("a", false);
  EXPECT_EQ(a.ask("nobody", make_body(1)).failure().code, error_code::unavailable);
}

// -- who may come in

TEST(zmq_peers, an_unknown_key_gets_no_session_until_it_is_admitted) {
  node a("a");
  node friend_of_b("c");
  node b("b");
  b->admit({{friend_of_b.key(), "c"}});
  a.connect(b);
  friend_of_b.connect(b);
  ASSERT_TRUE(friend_of_b.wait_until_open("b"));
  EXPECT_FALSE(a.wait_until_open("b", true, milliseconds{500}));
  EXPECT_EQ(b.served, 0);
  b->admit({{friend_of_b.key(), "c"}, {a.key(), "a"}});
  EXPECT_TRUE(a.wait_until_open("b"));
  b->admit({{friend_of_b.key(), "c"}, {make_key_pair().public_key, "a"}}); // what it says by its old key is not heard
  EXPECT_TRUE(a.wait_until_open("b", false));
  EXPECT_TRUE(friend_of_b.ask("b", make_body(1)));
}

// A node that was given up and joins again is shut out for a moment. What it asked then is not heard, and it must not
// take the next heartbeat's answer for a sign that it was.
TEST(zmq_peers, what_was_not_heard_ends_as_soon_as_the_node_is_heard_again) {
  link_settings patient;
  patient.silence = patient.hang = milliseconds{120'000}; // it is not silence that ends it
  node a("a", true, "127.0.0.1:0", patient);
  node b("b");
  std::map<std::string, std::string> all{{a.key(), "a"}};
  b->admit(all);
  a.connect(b);
  for (int round = 0; round < 10; ++round) {
    ASSERT_TRUE(a.wait_until_open("b"));
    b->admit({});
    std::promise<core::result<core::shared_bytes>> ended;
    a->ask("b", "echo", make_body(1), core::deadline::in(milliseconds{120'000}),
           [&](core::result<core::shared_bytes> got) { ended.set_value(std::move(got)); });
    static_cast<void>(a->status(patience)); // it is sent
    b->admit(all);
    auto got = ended.get_future();
    ASSERT_EQ(got.wait_for(patience), std::future_status::ready) << round;
    const auto outcome = got.get();
    EXPECT_TRUE(outcome || outcome.failure().code == error_code::unavailable);
  }
}

TEST(zmq_peers, a_node_with_another_key_than_is_known_gets_nothing) {
  node a("a");
  node b("b");
  b->admit({{a.key(), "a"}});
  auto address = b.address();
  address.public_key = make_key_pair().public_key;
  a->connect(address);
  EXPECT_FALSE(a.wait_until_open("b", true, milliseconds{500}));
  a->connect(b.address());
  EXPECT_TRUE(a.wait_until_open("b"));
}

TEST(zmq_peers, a_node_without_keys_is_not_let_in_where_keys_are_wanted) {
  node a("a", false);
  node b("b");
  b->admit({{a.key(), "a"}});
  a.connect(b);
  EXPECT_FALSE(a.wait_until_open("b", true, milliseconds{500}));
}

TEST(zmq_peers, refuse_to_start_in_the_open_or_on_no_address) {
  peer_settings settings;
  settings.self.node = "a";
  for (const std::string listen : {"0.0.0.0:0", "[::]:0"}) {
    settings.listen = listen;
    const auto open = zmq_peers::start(settings, {});
    ASSERT_FALSE(open);
    EXPECT_EQ(open.failure().code, error_code::invalid_config);
    EXPECT_NE(open.failure().message.find("rollcall keys node"), std::string::npos);
  }
  settings.is_insecure = true;
  EXPECT_TRUE(zmq_peers::start(settings, {}));
  const node taken("b", false);
  settings.listen = taken.address().address;
  EXPECT_EQ(zmq_peers::start(settings, {}).failure().code, error_code::invalid_config);
  settings.listen = "nowhere";
  EXPECT_EQ(zmq_peers::start(settings, {}).failure().code, error_code::invalid_config);
}

// -- strangers who speak no protocol, or too much of it

class stranger {
public:
  explicit stranger(const std::string& address) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  }
  ~stranger() { ::close(fd_); }
  stranger(const stranger&) = delete;
  stranger& operator=(const stranger&) = delete;

  void say(const std::string& what) const { static_cast<void>(!::send(fd_, what.data(), what.size(), MSG_NOSIGNAL)); }
  /// True when the other end closes, saying nothing for `seconds` before.
  [[nodiscard]] bool is_hung_up_on(int seconds) const {
    const timeval limit{seconds, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    char heard[512];
    ssize_t size = 0;
    while ((size = ::recv(fd_, heard, sizeof heard, 0)) > 0) {
    }
    return size == 0 || errno == ECONNRESET;
  }

private:
  int fd_;
};

// Source of the greeting and of frames: ZMTP 3.0 (ZeroMQ RFC 23).
std::string greeting() {
  std::string said("\xff\0\0\0\0\0\0\0\1\x7f\3\0NULL", 16);
  said.resize(64, '\0');
  return said
         + std::string("\4\x1c\5READY\xbSocket-Type\0\0\0\6"
                       "DEALER",
                       30);
}

TEST(zmq_peers, strangers_are_hung_up_on_and_others_served_meanwhile) {
  node a("a", false);
  node b("b", false);
  const auto address = b.address().address;
  const stranger silent(address);
  const stranger garbage(address);
  garbage.say(std::string(5'000, 'x'));
  const stranger announces(address);
  announces.say(greeting() + std::string("\2\0\0\0\0\x60\0\0\0", 9) + "the first of 1.5 GB");
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  EXPECT_TRUE(a.ask("b", make_body(3)));
  EXPECT_TRUE(garbage.is_hung_up_on(10));
  EXPECT_TRUE(announces.is_hung_up_on(1)); // before its heartbeats are missed
  EXPECT_TRUE(silent.is_hung_up_on(10));
  EXPECT_TRUE(a.ask("b", make_body(3)));
}

/// Takes every connection on loopback and ends it at once, as the way to a dead process does.
class closed_door {
public:
  closed_door() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    EXPECT_EQ(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), size), 0);
    EXPECT_EQ(::listen(fd_, 100), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&at), &size), 0);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] {
      for (int taken = 0; (taken = ::accept(fd_, nullptr, nullptr)) >= 0; ++count)
        ::close(taken);
    });
  }
  ~closed_door() {
    ::shutdown(fd_, SHUT_RDWR);
    thread_.join();
    ::close(fd_);
  }
  closed_door(const closed_door&) = delete;
  closed_door& operator=(const closed_door&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::atomic<int> count = 0;

private:
  int fd_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

// Its connections end while their sockets are given up, again and again.
TEST(zmq_peers, a_peer_that_cannot_be_kept_makes_nobody_deaf_to_others) {
  node a("a", false);
  node b("b", false);
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  const closed_door gone;
  for (int round = 0; round < 300; ++round) {
    const auto seen = gone.count.load();
    for (const char* name : {"c", "d", "e", "f"})
      a->connect({name, gone.address(), b.key()});
    for (const auto until = core::deadline::in(patience); gone.count == seen && !until.has_passed();)
      std::this_thread::yield();
    for (const char* name : {"c", "d", "e", "f"})
      a->disconnect(name);
    ASSERT_TRUE(a.ask("b", make_body(3), milliseconds{3'000})) << "in round " << round;
  }
}

TEST(zmq_peers, a_stranger_whose_frames_are_none_changes_nothing) {
  node a("a", false);
  node b("b", false);
  const stranger odd(b.address().address);
  std::string said = greeting();
  for (int i = 0; i < 50; ++i) {
    said += std::string("\1\1x\1\1y\1\1z\0\1!", 12); // too many parts
    said += std::string("\0\3abc", 5);               // no envelope
    said += std::string("\0\0", 2);                  // an empty one
  }
  odd.say(said);
  a.connect(b);
  ASSERT_TRUE(a.wait_until_open("b"));
  EXPECT_TRUE(a.ask("b", make_body(3)));
  EXPECT_EQ(b.served, 1);
}

// -- keys

TEST(curve_keys, belong_together) {
  const auto made = make_key_pair();
  EXPECT_TRUE(is_curve_key(made.public_key));
  EXPECT_NE(made.public_key, make_key_pair().public_key);
  const auto found = pair_of(made.secret_key);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->public_key, made.public_key);
  EXPECT_FALSE(pair_of(made.secret_key.substr(1)));
  EXPECT_FALSE(pair_of(std::string(40, '"')));
}

} // namespace

} // namespace rollcall::net
