#include "tests/support/http.hpp"

#include "core/ascii.hpp"

#include <arpa/inet.h>
#include <array>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <cstring>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rollcall::test {

namespace {

namespace beast_http = boost::beast::http;

core::error system_failure(const std::string& what) {
  return core::fail(core::error_code::unavailable, what + ": " + std::strerror(errno));
}

core::status wait_for(int socket, short events, core::deadline until) {
  pollfd waited{socket, events, 0};
  int ready = 0;
  do {
    ready = ::poll(&waited, 1, static_cast<int>(until.left().count()));
  } while (ready < 0 && errno == EINTR);
  if (ready == 0)
    return core::fail(core::error_code::deadline_exceeded, "the peer was silent");
  return core::nothing{};
}

http_reply reply_of(beast_http::response<beast_http::string_body>&& message) {
  http_reply made{static_cast<int>(message.result_int()), {}, std::move(message.body())};
  for (const auto& field : message)
    made.headers[core::lower_case(std::string_view{field.name_string()})] = std::string{field.value()};
  return made;
}

} // namespace

core::result<http_connection> http_connection::open(std::uint16_t port, core::deadline until) {
  http_connection made{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(made.socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(made.socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EINPROGRESS)
      return system_failure("connect");
    ROLLCALL_CHECK(wait_for(made.socket_, POLLOUT, until));
    socklen_t size = sizeof errno;
    ::getsockopt(made.socket_, SOL_SOCKET, SO_ERROR, &errno, &size);
    if (errno != 0)
      return system_failure("connect");
  }
  return made;
}

http_connection::~http_connection() {
  if (socket_ >= 0)
    ::close(socket_);
}

http_connection::http_connection(http_connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), received_(std::move(other.received_)) {}

http_connection& http_connection::operator=(http_connection&& other) noexcept {
  std::swap(socket_, other.socket_);
  received_.swap(other.received_);
  return *this;
}

core::status http_connection::send(std::string_view bytes, core::deadline until) {
  while (!bytes.empty()) {
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      ROLLCALL_CHECK(wait_for(socket_, POLLOUT, until));
    else if (errno != EINTR)
      return system_failure("send");
  }
  return core::nothing{};
}

/// Adds to `received_`; 0 at the end of the stream, a reset included.
core::result<std::size_t> http_connection::receive(core::deadline until) {
  std::array<char, 65'536> buffer{};
  for (;;) {
    const auto size = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (size >= 0) {
      received_.append(buffer.data(), static_cast<std::size_t>(size));
      return static_cast<std::size_t>(size);
    }
    if (errno == EAGAIN)
      ROLLCALL_CHECK(wait_for(socket_, POLLIN, until));
    else if (errno != EINTR)
      return std::size_t{0};
  }
}

core::result<http_reply> http_connection::read_reply(core::deadline until) {
  beast_http::response_parser<beast_http::string_body> parser;
  parser.eager(true);
  parser.body_limit(1u << 30);
  while (!parser.is_done()) {
    boost::beast::error_code failed;
    const auto used = parser.put(boost::asio::buffer(received_), failed);
    received_.erase(0, used);
    if (failed && failed != beast_http::error::need_more)
      return core::fail(core::error_code::malformed, "no HTTP reply: " + failed.message(), received_.substr(0, 200));
    if (parser.is_done())
      break;
    ROLLCALL_TRY(const auto size, receive(until));
    if (size > 0)
      continue;
    if (parser.got_some()) // else put_eof asserts
      parser.put_eof(failed);
    if (failed || !parser.is_done())
      return core::fail(core::error_code::unavailable, "closed without a whole reply", received_.substr(0, 200));
  }
  return reply_of(parser.release());
}

void http_connection::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

core::result<std::string> http_connection::read_to_end(core::deadline until) {
  for (;;) {
    ROLLCALL_TRY(const auto size, receive(until));
    if (size == 0)
      return std::exchange(received_, {});
  }
}

std::string rekognition_request(std::string_view operation, std::string_view json, const http_headers& more) {
  std::string made = "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.1\r\n";
  made.append("X-Amz-Target: RekognitionService.").append(operation).append("\r\n");
  made.append("Content-Length: ").append(std::to_string(json.size())).append("\r\n");
  for (const auto& [name, value] : more)
    made.append(name).append(": ").append(value).append("\r\n");
  return made.append("\r\n").append(json);
}

core::result<http_reply> call(std::uint16_t port, std::string_view operation, std::string_view json,
                              core::deadline until) {
  ROLLCALL_TRY(auto connection, http_connection::open(port, until));
  ROLLCALL_CHECK(connection.send(rekognition_request(operation, json), until));
  return connection.read_reply(until);
}

core::result<http_reply> fetch(std::uint16_t port, std::string_view path, core::deadline until) {
  ROLLCALL_TRY(auto connection, http_connection::open(port, until));
  const auto request = "GET " + std::string{path} + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  ROLLCALL_CHECK(connection.send(request, until));
  return connection.read_reply(until);
}

} // namespace rollcall::test
