/// One connection of an HTTP server: reads a request, has it answered, writes the reply, and so on strictly in order,
/// so that pipelined requests are answered as they came. Lives on a strand of its own; made by `http_server`.
#pragma once

#include "core/clock.hpp"
#include "core/metrics.hpp"
#include "front/front.hpp"
#include "front/http_message.hpp"
#include "front/http_stream.hpp"
#include "front/memory_budget.hpp"
#include "front/tls_keeper.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

namespace rollcall::front {

namespace asio = boost::asio;
namespace beast = boost::beast;

/// What the connections of a server share; outlives them.
struct http_session_parts {
  http_limits limits;
  http_handler handler;
  const core::wall_clock& clock;
  memory_budget bodies;
  tls_keeper* tls = nullptr; ///< null: plain HTTP
  std::atomic<bool> is_stopping{false};
};

class http_session : public std::enable_shared_from_this<http_session> {
public:
  http_session(asio::ip::tcp::socket socket, http_session_parts& parts);

  /// Serves until either side closes, a limit is broken or the server stops. On the connection's strand; never throws
  /// but for memory.
  asio::awaitable<void> run();

  /// Tells the caller that the server is full, and closes.
  asio::awaitable<void> refuse();

  /// Ends the connection at once if it waits for a request; else it ends after the reply, as the server is stopping.
  void close_if_idle();

  /// Cuts the connection. Both from any thread.
  void close();

private:
  using parser_type = beast::http::request_parser<beast::http::empty_body>;
  /// Status 0 with a type: nothing to answer, the peer is gone. An empty type: nothing is wrong.
  struct refusal {
    unsigned status = 0;
    std::string_view type;
    std::string_view message;
  };
  static const refusal gone;
  static const refusal cut_short;
  static const refusal too_slow;

  asio::awaitable<bool> secure();
  asio::awaitable<bool> serve_one();
  asio::awaitable<bool> wait_for_bytes();
  asio::awaitable<refusal> read_head(parser_type& parser);
  asio::awaitable<refusal> read_body(parser_type& parser, http_request& into, memory_budget::share& held);
  asio::awaitable<refusal> read_sized_body(std::size_t size, http_request& into);
  asio::awaitable<refusal> read_chunked_body(parser_type& parser, http_request& into);
  asio::awaitable<http_reply> answer(http_request& request);
  asio::awaitable<bool> write(http_reply reply, unsigned version, bool keeps_alive);
  asio::awaitable<bool> write_whole(http_reply& reply, unsigned version, bool keeps_alive);
  asio::awaitable<bool> write_stream(http_reply& reply, unsigned version);
  asio::awaitable<void> refuse_with(refusal why);
  asio::awaitable<void> linger();

  http_stream stream_;
  http_session_parts& parts_;
  beast::flat_buffer buffer_;
  bool is_idle_ = true;
  bool is_from_loopback_ = false;
};

} // namespace rollcall::front
