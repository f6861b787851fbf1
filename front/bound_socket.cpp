#include "front/bound_socket.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <unistd.h>

namespace rollcall::front {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

core::result<asio::ip::address> parse_host(const std::string& host) {
  error_code failed;
  const auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, failed);
  if (failed)
    return core::fail(core::error_code::invalid_config, "'" + host + "' is not an IP address, nor localhost");
  return address;
}

} // namespace

std::string to_string(const endpoint& at) {
  const bool is_v6 = at.host.find(':') != std::string::npos;
  return (is_v6 ? "[" + at.host + "]" : at.host) + ":" + std::to_string(at.port);
}

core::result<bound_socket> bound_socket::bind(const endpoint& at) {
  ROLLCALL_TRY(const auto address, parse_host(at.host));
  const asio::ip::tcp::endpoint wanted{address, at.port};
  asio::io_context unused; // Asio's sockets belong to one
  asio::ip::tcp::acceptor acceptor{unused};
  error_code failed;
  acceptor.open(wanted.protocol(), failed);
  if (!failed)
    acceptor.set_option(asio::socket_base::reuse_address{true}, failed);
  if (!failed)
    acceptor.bind(wanted, failed);
  endpoint bound{at.host, 0};
  if (!failed)
    bound.port = acceptor.local_endpoint(failed).port();
  if (failed)
    return core::fail(core::error_code::invalid_config, "can't listen on " + to_string(at) + ": " + failed.message());
  return bound_socket{std::move(bound), address.is_v6(), acceptor.release()};
}

bound_socket::~bound_socket() {
  if (number_ >= 0)
    ::close(number_);
}

core::result<bool> is_loopback_host(const std::string& host) {
  ROLLCALL_TRY(const auto address, parse_host(host));
  return address.is_loopback();
}

} // namespace rollcall::front
