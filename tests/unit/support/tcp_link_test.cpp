#include "tests/support/tcp_link.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include <thread>

namespace rollcall::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;

// Both ends of a connection through a link.
class tcp_link_test : public ::testing::Test {
protected:
  void SetUp() override {
    near_.connect({asio::ip::address_v4::loopback(), link_.port()});
    server_.accept(far_);
  }
  void send(const std::string& text) { asio::write(near_, asio::buffer(text)); }
  std::string receive(std::size_t size) {
    std::string text(size, '\0');
    asio::read(far_, asio::buffer(text));
    return text;
  }
  /// What comes until the connection ends.
  std::string receive_rest() {
    std::string text;
    boost::system::error_code ended;
    asio::read(far_, asio::dynamic_buffer(text), ended);
    return text;
  }

  asio::io_context context_;
  tcp::acceptor server_{context_, {asio::ip::address_v4::loopback(), 0}};
  tcp_link link_{server_.local_endpoint().port()};
  tcp::socket near_{context_};
  tcp::socket far_{context_};
};

TEST_F(tcp_link_test, hands_everything_on_in_order) {
  const std::string much(3'000'000, 'x');
  std::thread sending([&] { send("a" + much + "b"); });
  EXPECT_EQ(receive(much.size() + 2), "a" + much + "b");
  sending.join();
  asio::write(far_, asio::buffer("back", 4));
  std::string back(4, '\0');
  asio::read(near_, asio::buffer(back));
  EXPECT_EQ(back, "back");
}

TEST_F(tcp_link_test, a_slow_one_hands_on_late) {
  link_.delay(80ms);
  const auto begun = std::chrono::steady_clock::now();
  send("late");
  EXPECT_EQ(receive(4), "late");
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 80ms);
}

TEST_F(tcp_link_test, a_silent_one_keeps_what_it_gets_until_it_speaks_again) {
  link_.silence(true);
  send("kept");
  far_.non_blocking(true);
  char byte = 0;
  boost::system::error_code failed;
  far_.read_some(asio::buffer(&byte, 1), failed);
  EXPECT_EQ(failed, asio::error::would_block);
  far_.non_blocking(false);
  link_.silence(false);
  EXPECT_EQ(receive(4), "kept");
}

TEST_F(tcp_link_test, one_that_is_cut_ends_in_the_middle) {
  send("whole");
  EXPECT_EQ(receive(5), "whole");
  link_.cut();
  send("in two");
  EXPECT_EQ(receive_rest(), "in ");
}

} // namespace
} // namespace rollcall::test
