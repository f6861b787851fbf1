#include "net/socket_poll.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rollcall::net {
namespace {

using namespace std::chrono_literals;

/// Two ends within the process; what is read of the near one.
struct pair_of_sockets {
  explicit pair_of_sockets(zmq::context_t& context, const std::string& name)
      : near(context, zmq::socket_type::pair), far(context, zmq::socket_type::pair) {
    near.bind("inproc://" + name);
    far.connect("inproc://" + name);
  }

  void say(const std::string& what) { static_cast<void>(far.send(zmq::buffer(what))); }
  void hear_one() {
    zmq::message_t part;
    if (near.recv(part, zmq::recv_flags::dontwait))
      heard.push_back(part.to_string());
  }

  zmq::socket_t near;
  zmq::socket_t far;
  std::vector<std::string> heard;
};

class socket_poll_test : public ::testing::Test {
protected:
  ~socket_poll_test() override { ::close(wake_); }

  void go_on(std::chrono::milliseconds at_most = 0ms) {
    poll_.wait(at_most);
    poll_.read();
  }

  zmq::context_t context_{0}; // nothing here needs a thread
  int wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  socket_poll poll_{wake_};
};

TEST_F(socket_poll_test, reads_the_sockets_that_have_something) {
  pair_of_sockets a(context_, "a");
  pair_of_sockets b(context_, "b");
  poll_.add(a.near, [&] { a.hear_one(); });
  poll_.add(b.near, [&] { b.hear_one(); });
  go_on();
  EXPECT_TRUE(a.heard.empty() && b.heard.empty());
  b.say("one");
  go_on(10s);
  EXPECT_TRUE(a.heard.empty());
  EXPECT_EQ(b.heard, (std::vector<std::string>{"one"}));
}

TEST_F(socket_poll_test, comes_back_to_what_was_left) {
  pair_of_sockets a(context_, "a");
  poll_.add(a.near, [&] { a.hear_one(); });
  go_on();
  for (const char* word : {"one", "two", "three"})
    a.say(word);
  for (int i = 0; i < 3; ++i)
    go_on(10s);
  EXPECT_EQ(a.heard, (std::vector<std::string>{"one", "two", "three"}));
}

TEST_F(socket_poll_test, finds_what_came_while_something_was_sent) {
  pair_of_sockets a(context_, "a");
  poll_.add(a.near, [&] { a.hear_one(); });
  for (int i = 0; i < 3; ++i)
    go_on();
  a.say("one");
  // ZeroMQ takes note of it here, so that the descriptor tells nothing any more.
  EXPECT_NE(a.near.get(zmq::sockopt::events) & ZMQ_POLLIN, 0);
  static_cast<void>(a.near.send(zmq::str_buffer("mine")));
  poll_.touch(a.near.handle());
  go_on();
  EXPECT_EQ(a.heard, (std::vector<std::string>{"one"}));
}

TEST_F(socket_poll_test, finds_what_was_there_before_it_was_listed) {
  pair_of_sockets a(context_, "a");
  a.say("one");
  EXPECT_NE(a.near.get(zmq::sockopt::events) & ZMQ_POLLIN, 0);
  poll_.add(a.near, [&] { a.hear_one(); });
  go_on();
  EXPECT_EQ(a.heard, (std::vector<std::string>{"one"}));
}

TEST_F(socket_poll_test, a_wake_ends_the_wait) {
  pair_of_sockets a(context_, "a");
  poll_.add(a.near, [&] { a.hear_one(); });
  const std::uint64_t one = 1;
  ASSERT_EQ(::write(wake_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
  go_on(1h);
}

TEST_F(socket_poll_test, a_reader_may_make_the_list_invalid) {
  pair_of_sockets a(context_, "a");
  pair_of_sockets b(context_, "b");
  poll_.add(a.near, [&] {
    a.hear_one();
    poll_.invalidate();
  });
  poll_.add(b.near, [&] { b.hear_one(); });
  a.say("one");
  b.say("two");
  go_on(10s);
  EXPECT_EQ(a.heard.size(), 1U);
  EXPECT_TRUE(b.heard.empty()); // it could be gone
  EXPECT_FALSE(poll_.is_valid());
  poll_.clear();
  poll_.add(b.near, [&] { b.hear_one(); });
  go_on(10s);
  EXPECT_EQ(b.heard, (std::vector<std::string>{"two"}));
}

} // namespace
} // namespace rollcall::net
