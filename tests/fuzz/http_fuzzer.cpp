/// The path of a request before it asks anything of the node: HTTP as it comes from a socket, admission on an open
/// node, the operation's name, JSON and its constraints, the reply. The input is what a client sends before it stops
/// sending; several requests may follow each other.
#include "front/admission.hpp"
#include "front/error_map.hpp"
#include "front/http_session.hpp"
#include "wire/codec.hpp"
#include "wire/operation.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

namespace {

using namespace rollcall;
using namespace rollcall::front;

template <class Request>
std::string decode_and_tell(std::string_view body) {
  const auto decoded = wire::decode<Request>(body);
  return decoded ? "{}" : error_reply(decoded.failure(), "id").body;
}

std::string decode(wire::operation op, std::string_view body) {
  switch (op) {
#define ROLLCALL_DECODE(code, text)                                                                                    \
  case wire::operation::code:                                                                                          \
    return decode_and_tell<wire::code##_request>(body);
    ROLLCALL_OPERATIONS(ROLLCALL_DECODE)
#undef ROLLCALL_DECODE
  }
  return {};
}

struct plane {
  core::system_wall_clock clock;
  admission gate{clock, {}, true};

  plane() { gate.use_keys({}); }

  asio::awaitable<http_reply> answer(http_request& request) {
    const auto op = wire::parse_target(request.header("X-Amz-Target"));
    if (!op)
      co_return error_reply(op.failure(), "id");
    const auto who = gate.admit(request);
    if (!who)
      co_return error_reply(who.failure(), "id");
    http_reply reply;
    reply.body = decode(*op, request.body.view());
    co_return reply;
  }
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0)
    std::abort();
  ::fcntl(ends[1], F_SETFL, O_NONBLOCK);
  // What does not fit into the socket's buffer is cut off.
  [[maybe_unused]] const auto sent = ::write(ends[1], data, size);
  ::shutdown(ends[1], SHUT_WR);
  static plane with;
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  socket.assign(asio::ip::tcp::v4(), ends[0]);
  http_session_parts parts{
      {}, [](http_request& request) { return with.answer(request); }, with.clock, memory_budget{64 * 1024 * 1024}};
  auto session = std::make_shared<http_session>(std::move(socket), parts);
  asio::co_spawn(context, session->run(), asio::detached);
  // The replies are read as they come, so that the session never waits for us.
  std::array<char, 64 * 1024> replies;
  while (!context.stopped()) {
    context.run_one();
    while (::read(ends[1], replies.data(), replies.size()) > 0) {
    }
  }
  ::close(ends[1]);
  return 0;
}
