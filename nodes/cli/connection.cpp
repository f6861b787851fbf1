#include "nodes/cli/connection.hpp"

#include "core/ascii.hpp"
#include "front/http_stream.hpp"
#include "nodes/cli/trust.hpp"

#include <array>
#include <atomic>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>

namespace rollcall::cli {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

constexpr std::size_t max_body_bytes = 64 * 1024 * 1024;

bool is_timeout(const error_code& failed) {
  return failed == beast::error::timeout || failed == asio::error::timed_out
         || failed == asio::error::operation_aborted;
}

core::error to_core(const error_code& failed, const std::string& peer) {
  if (is_timeout(failed))
    return core::fail(core::error_code::deadline_exceeded, peer + " did not answer in time");
  if (failed.category() == http::make_error_code(http::error::bad_version).category()
      && failed != http::error::end_of_stream && failed != http::error::partial_message)
    return core::fail(core::error_code::malformed, peer + " does not speak HTTP: " + failed.message());
  return core::fail(core::error_code::unavailable, "can't reach " + peer + ": " + failed.message());
}

http_response head_of(const http::response_header<>& header) {
  http_response made;
  made.status = static_cast<int>(header.result_int());
  for (const auto& each : header)
    made.headers[core::lower_case(std::string_view{each.name_string()})] = std::string{each.value()};
  return made;
}

} // namespace

struct connection::state {
  node_address node;
  std::chrono::milliseconds timeout;
  asio::io_context context{1};
  std::unique_ptr<asio::ssl::context> trust{}; ///< made when it is first needed
  std::optional<front::http_stream> stream;
  beast::flat_buffer buffer{};
  std::atomic<bool> is_cancelled = false;

  state(node_address to, std::chrono::milliseconds within) : node(std::move(to)), timeout(within) {}

  [[nodiscard]] std::string peer() const { return node.host + ":" + node.port; }

  /// Starts an asynchronous operation and runs it to its end; timers of `stream` bound it.
  template <class Start>
  error_code finish(Start start) {
    error_code outcome = asio::error::would_block;
    start([&](const error_code& failed, auto&&...) { outcome = failed; });
    context.restart();
    context.run();
    return outcome;
  }

  core::status open() {
    asio::ip::tcp::resolver resolver{context};
    error_code failed;
    const auto found = resolver.resolve(node.host, node.port, failed);
    if (failed)
      return to_core(failed, peer());
    stream.emplace(context);
    buffer.clear();
    stream->expires_after(timeout);
    failed = finish([&](auto done) { stream->tcp().async_connect(found, done); });
    if (!failed)
      stream->socket().set_option(asio::ip::tcp::no_delay{true}, failed);
    if (failed)
      return to_core(failed, peer());
    return node.is_secure ? secure() : core::nothing{};
  }

  core::status secure() {
    if (!trust) {
      ROLLCALL_TRY(trust, make_trust(node.ca_file));
    }
    stream->secure(*trust);
    expect_host(stream->ssl(), node.host);
    const auto failed = finish([&](auto done) { stream->async_handshake(asio::ssl::stream_base::client, done); });
    if (!failed)
      return core::nothing{};
    return is_timeout(failed) ? to_core(failed, peer()) : explain(stream->ssl(), failed, peer());
  }

  error_code send(const http_request& request) {
    http::request<http::span_body<const char>> message{http::string_to_verb(request.method), request.target, 11};
    for (const auto& [name, value] : request.headers)
      message.set(name, value);
    message.body() = {request.body.data(), request.body.size()};
    message.prepare_payload();
    stream->expires_after(timeout);
    return finish([&](auto done) { http::async_write(*stream, message, done); });
  }

  error_code read_whole(http::response_parser<http::empty_body>& head, http_response& into) {
    http::response_parser<http::string_body> parser{std::move(head)};
    parser.body_limit(max_body_bytes);
    const auto failed = finish([&](auto done) { http::async_read(*stream, buffer, parser, done); });
    into.body = std::move(parser.get().body());
    return failed;
  }

  core::status read_pieces(http::response_parser<http::empty_body>& head, const piece_sink& sink) {
    constexpr std::size_t piece_bytes = 256 * 1024;
    http::response_parser<http::buffer_body> parser{std::move(head)};
    parser.body_limit(boost::none);
    std::vector<char> piece(piece_bytes);
    while (!parser.is_done()) {
      parser.get().body().data = piece.data();
      parser.get().body().size = piece.size();
      stream->expires_after(timeout);
      const auto failed = finish([&](auto done) { http::async_read(*stream, buffer, parser, done); });
      if (failed && failed != http::error::need_buffer)
        return to_core(failed, peer());
      ROLLCALL_CHECK(sink({piece.data(), piece.size() - parser.get().body().size}));
    }
    return core::nothing{};
  }

  core::result<http_response> receive(const piece_sink& sink) {
    http::response_parser<http::empty_body> head;
    head.body_limit(boost::none);
    auto failed = finish([&](auto done) { http::async_read_header(*stream, buffer, head, done); });
    if (failed)
      return to_core(failed, peer());
    auto made = head_of(head.get().base());
    const bool is_kept = head.get().keep_alive();
    if (sink && made.status == 200)
      ROLLCALL_CHECK(read_pieces(head, sink));
    else if (failed = read_whole(head, made); failed)
      return to_core(failed, peer());
    if (!is_kept)
      stream.reset();
    return made;
  }
};

connection::connection(node_address node, std::chrono::milliseconds timeout)
    : state_(std::make_unique<state>(std::move(node), timeout)) {}
connection::~connection() = default;
connection::connection(connection&&) noexcept = default;
connection& connection::operator=(connection&&) noexcept = default;

// What is begun before the handler runs ends by it; what would be begun later is not, by the flag.
void connection::cancel() {
  state_->is_cancelled = true;
  asio::post(state_->context, [at = state_.get()] {
    if (at->stream)
      at->stream->close();
  });
}

core::result<http_response> connection::exchange(const http_request& request, const piece_sink& sink) {
  auto& at = *state_;
  if (at.is_cancelled)
    return core::fail(core::error_code::unavailable, "the request to " + at.peer() + " was given up");
  const bool was_open = at.stream.has_value();
  if (!was_open)
    if (auto opened = at.open(); !opened) {
      at.stream.reset();
      return std::move(opened).failure();
    }
  auto failed = at.send(request);
  auto received = failed ? core::result<http_response>{to_core(failed, at.peer())} : at.receive(sink);
  if (received)
    return received;
  at.stream.reset();
  // A node may close an idle connection at any time: that is no failure of this request, unless it was fresh.
  if (was_open && received.failure().code == core::error_code::unavailable)
    return exchange(request, sink);
  return received;
}

} // namespace rollcall::cli
