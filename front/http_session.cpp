#include "front/http_session.hpp"

#include "core/log.hpp"
#include "core/uuid.hpp"
#include "front/http_date.hpp"
#include "front/read_limit.hpp"
#include "wire/error_reply.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <openssl/sslerr.h>

#include <algorithm>
#include <array>
#include <optional>

namespace rollcall::front {

namespace http = beast::http;
using boost::system::error_code;

namespace {

constexpr std::size_t read_ahead_bytes = 64 * 1024;
constexpr std::chrono::milliseconds linger_timeout{2'000};
constexpr std::chrono::milliseconds closing_timeout{1'000};
constexpr std::size_t linger_bytes = 64 * 1024 * 1024;
constexpr std::size_t first_chunked_bytes = 64 * 1024;

bool is_plain_http(const error_code& failed) {
  return failed.category() == asio::error::get_ssl_category()
         && ERR_GET_REASON(static_cast<unsigned long>(failed.value())) == SSL_R_HTTP_REQUEST;
}

bool is_loopback(const asio::ip::tcp::socket& socket) {
  error_code failed;
  const auto address = socket.remote_endpoint(failed).address();
  if (failed)
    return false;
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).is_loopback();
  return address.is_loopback();
}

void copy_head(const http::request<http::empty_body>& from, http_request& into) {
  into.method = from.method_string();
  const std::string_view target{from.target().data(), from.target().size()};
  const auto mark = target.find('?');
  into.path = target.substr(0, mark);
  into.query = mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
  for (const auto& field : from)
    into.headers.push_back({std::string{field.name_string()}, std::string{field.value()}});
}

template <class Message>
void put_headers(Message& message, const http_reply& reply, core::wall_time now) {
  message.set(http::field::content_type, reply.content_type);
  message.set(http::field::date, http_date(now));
  for (const auto& header : reply.headers)
    message.insert(header.name, header.value);
}

} // namespace

constexpr http_session::refusal http_session::gone{0, "gone", ""};
constexpr http_session::refusal http_session::cut_short{400, "SerializationException", "The request was cut short"};
constexpr http_session::refusal http_session::too_slow{408, "RequestTimeoutException",
                                                       "The request did not arrive in time"};

http_session::http_session(asio::ip::tcp::socket socket, http_session_parts& parts)
    : stream_(std::move(socket)), parts_(parts), buffer_(std::max(read_ahead_bytes, parts.limits.max_header_bytes)) {
  error_code ignored;
  stream_.socket().set_option(asio::ip::tcp::no_delay{true}, ignored);
  is_from_loopback_ = is_loopback(stream_.socket());
}

void http_session::close_if_idle() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] {
    if (self->is_idle_)
      self->stream_.end_input();
  });
}

void http_session::close() {
  asio::dispatch(stream_.get_executor(), [self = shared_from_this()] { self->stream_.close(); });
}

asio::awaitable<void> http_session::run() {
  bool goes_on = co_await secure();
  while (goes_on)
    goes_on = co_await serve_one();
  stream_.expires_after(closing_timeout);
  co_await stream_.finish_sending();
  stream_.close();
}

asio::awaitable<void> http_session::refuse() {
  const refusal full{400, "ThrottlingException", "Too many connections"};
  const bool is_heard = co_await secure();
  if (is_heard)
    co_await refuse_with(full);
}

// True when the peer can be spoken to.
asio::awaitable<bool> http_session::secure() {
  if (parts_.tls == nullptr)
    co_return true;
  stream_.secure(*parts_.tls->current());
  stream_.expires_after(parts_.limits.header_timeout);
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  co_await stream_.async_handshake(asio::ssl::stream_base::server, token);
  if (!failed)
    co_return true;
  parts_.tls->count_failed_handshake();
  core::log(core::log_level::debug, "front", "a connection ended before TLS stood", {{"why", failed.message()}});
  if (is_plain_http(failed)) {
    stream_.drop_security();
    const refusal plain{400, "ValidationException", "This port speaks TLS: write https:// in the endpoint"};
    co_await refuse_with(plain);
  }
  co_return false;
}

asio::awaitable<bool> http_session::serve_one() {
  const bool has_bytes = co_await wait_for_bytes();
  if (!has_bytes)
    co_return false;
  parser_type parser;
  refusal refused = co_await read_head(parser);
  http_request request;
  memory_budget::share held;
  if (refused.type.empty()) {
    copy_head(parser.get(), request);
    request.is_from_loopback = is_from_loopback_;
    refused = co_await read_body(parser, request, held);
  }
  if (!refused.type.empty()) {
    co_await refuse_with(refused);
    co_return false;
  }
  const bool keeps_alive = parser.keep_alive() && !parts_.is_stopping;
  const unsigned version = parser.get().version();
  stream_.expires_never();
  http_reply reply = co_await answer(request);
  if (request.method == "HEAD")
    reply.body.clear();
  request.body = body_buffer{};
  held = memory_budget::share{};
  const bool written = co_await write(std::move(reply), version, keeps_alive);
  co_return written&& keeps_alive && !parts_.is_stopping;
}

asio::awaitable<bool> http_session::wait_for_bytes() {
  if (buffer_.size() > 0)
    co_return true;
  is_idle_ = true;
  if (parts_.is_stopping)
    co_return false;
  stream_.expires_after(parts_.limits.idle_timeout);
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  const std::size_t got = co_await stream_.async_read_some(buffer_.prepare(4096), token);
  buffer_.commit(got);
  is_idle_ = false;
  co_return !failed && got > 0;
}

asio::awaitable<http_session::refusal> http_session::read_head(parser_type& parser) {
  parser.header_limit(static_cast<std::uint32_t>(parts_.limits.max_header_bytes));
  parser.body_limit(parts_.limits.max_body_bytes);
  const read_limit limit{stream_.tcp(), parts_.limits.header_timeout};
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  co_await http::async_read_header(stream_, buffer_, parser, token);
  refusal refused;
  if (failed == http::error::header_limit || failed == http::error::buffer_overflow)
    refused = {431, "RequestHeaderFieldsTooLargeException", "The request's header is too large"};
  else if (failed == http::error::body_limit)
    refused = {413, "RequestEntityTooLargeException", "The request's body is too large"};
  else if (failed == http::error::partial_message)
    refused = cut_short;
  else if (failed == http::error::end_of_stream)
    refused = gone;
  else if (failed && failed.category() == http::make_error_code(http::error::bad_method).category())
    refused = {400, "SerializationException", "This is not an HTTP/1.1 request"};
  else if (failed)
    refused = limit.has_passed() ? too_slow : gone;
  co_return refused;
}

asio::awaitable<http_session::refusal> http_session::read_body(parser_type& parser, http_request& into,
                                                               memory_budget::share& held) {
  const auto length = parser.content_length();
  const bool is_chunked = parser.chunked();
  refusal refused;
  if (!is_chunked && (!length || *length == 0))
    co_return refused;
  held = parts_.bodies.reserve(is_chunked ? parts_.limits.max_body_bytes : static_cast<std::size_t>(*length));
  if (!held) {
    refused = {400, "ThrottlingException", "Too many requests are being received"};
    co_return refused;
  }
  const read_limit limit{stream_.tcp(), parts_.limits.body_timeout};
  if (is_same_name(into.header("Expect"), "100-continue")) {
    static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    co_await asio::async_write(stream_, asio::buffer(go_on), token);
  }
  if (is_chunked)
    refused = co_await read_chunked_body(parser, into);
  else
    refused = co_await read_sized_body(static_cast<std::size_t>(*length), into);
  if (refused.status == 0 && !refused.type.empty() && limit.has_passed())
    refused = too_slow;
  co_return refused;
}

asio::awaitable<http_session::refusal> http_session::read_sized_body(std::size_t size, http_request& into) {
  into.body = body_buffer{size};
  const std::size_t ready = std::min(size, buffer_.size());
  std::copy_n(static_cast<const char*>(buffer_.data().data()), ready, into.body.data());
  buffer_.consume(ready);
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  auto rest = asio::buffer(into.body.data() + ready, size - ready);
  co_await asio::async_read(stream_, rest, token);
  refusal refused;
  if (failed)
    refused = failed == asio::error::eof ? cut_short : gone;
  co_return refused;
}

asio::awaitable<http_session::refusal> http_session::read_chunked_body(parser_type& parser, http_request& into) {
  http::request_parser<http::buffer_body> pieces{std::move(parser)};
  pieces.body_limit(parts_.limits.max_body_bytes);
  std::string body;
  std::vector<char> piece(first_chunked_bytes);
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  while (!pieces.is_done() && !failed) {
    pieces.get().body().data = piece.data();
    pieces.get().body().size = piece.size();
    co_await http::async_read(stream_, buffer_, pieces, token);
    if (failed == http::error::need_buffer)
      failed = {};
    body.append(piece.data(), piece.size() - pieces.get().body().size);
  }
  into.body = body_buffer{body};
  refusal refused;
  if (failed == http::error::body_limit)
    refused = {413, "RequestEntityTooLargeException", "The request's body is too large"};
  else if (failed == http::error::partial_message)
    refused = cut_short;
  else if (failed && failed.category() == http::make_error_code(http::error::bad_chunk).category())
    refused = {400, "SerializationException", "The request's chunked body is malformed"};
  else if (failed)
    refused = gone;
  co_return refused;
}

asio::awaitable<http_reply> http_session::answer(http_request& request) {
  std::optional<http_reply> reply;
  try {
    reply = co_await parts_.handler(request);
  } catch (const std::exception& thrown) {
    core::log(core::log_level::failure, "front", "a request met an exception", {{"what", thrown.what()}});
  }
  if (!reply) {
    reply.emplace();
    reply->status = 500;
    reply->body = wire::encode_gateway_error("InternalServerError", "Internal server error");
  }
  co_return *std::move(reply);
}

asio::awaitable<bool> http_session::write(http_reply reply, unsigned version, bool keeps_alive) {
  stream_.expires_after(parts_.limits.write_timeout);
  bool written = false;
  if (!reply.more) {
    written = co_await write_whole(reply, version, keeps_alive);
  } else if (version < 11) {
    reply.status = 400;
    reply.body = wire::encode_gateway_error("ValidationException", "A streamed reply needs HTTP/1.1");
    written = co_await write_whole(reply, version, keeps_alive);
  } else {
    written = co_await write_stream(reply, version);
  }
  co_return written;
}

asio::awaitable<bool> http_session::write_whole(http_reply& reply, unsigned version, bool keeps_alive) {
  http::response<http::string_body> message{http::int_to_status(reply.status), version};
  put_headers(message, reply, parts_.clock.now());
  message.keep_alive(keeps_alive);
  message.body() = std::move(reply.body);
  message.prepare_payload();
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  co_await http::async_write(stream_, message, token);
  co_return !failed;
}

asio::awaitable<bool> http_session::write_stream(http_reply& reply, unsigned version) {
  http::response<http::empty_body> head{http::int_to_status(reply.status), version};
  put_headers(head, reply, parts_.clock.now());
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer{head};
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  co_await http::async_write_header(stream_, serializer, token);
  while (!failed) {
    stream_.expires_never();
    core::result<std::string> piece = co_await reply.more();
    if (!piece)
      co_return false;
    stream_.expires_after(parts_.limits.write_timeout);
    if (piece->empty())
      break;
    auto chunk = http::make_chunk(asio::buffer(*piece));
    co_await asio::async_write(stream_, chunk, token);
  }
  if (failed)
    co_return false;
  auto last = http::make_chunk_last();
  co_await asio::async_write(stream_, last, token);
  co_return !failed;
}

asio::awaitable<void> http_session::refuse_with(refusal why) {
  if (why.status == 0)
    co_return;
  http_reply reply;
  reply.status = why.status;
  reply.content_type = "application/x-amz-json-1.1";
  reply.headers.push_back({"x-amzn-RequestId", core::to_string(core::random_uuid())});
  reply.body = wire::encode_gateway_error(why.type, why.message);
  stream_.expires_after(parts_.limits.write_timeout);
  const bool written = co_await write_whole(reply, 11, false);
  if (written)
    co_await linger();
}

// Closing with unread bytes (of a body that was refused) would reset the connection, and the caller would lose the
// reply: read on for a while.
asio::awaitable<void> http_session::linger() {
  stream_.expires_after(linger_timeout);
  co_await stream_.finish_sending();
  std::array<char, 16 * 1024> unwanted;
  error_code failed;
  auto token = asio::redirect_error(asio::use_awaitable, failed);
  for (std::size_t seen = 0; !failed && seen < linger_bytes;)
    seen += co_await stream_.tcp().async_read_some(asio::buffer(unwanted), token);
}

} // namespace rollcall::front
