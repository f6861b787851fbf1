#include "front/http_stream.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rollcall::front {

namespace asio = boost::asio;

void http_stream::handshake(asio::ssl::stream_base::handshake_type as, handshake_handler handler) {
  tls_->async_handshake(as, asio::bind_executor(get_executor(), std::move(handler)));
}

void http_stream::read_some(const mutable_buffers& into, transfer_handler handler) {
  auto here = asio::bind_executor(get_executor(), std::move(handler));
  if (tls_)
    tls_->async_read_some(into, std::move(here));
  else
    tcp_.async_read_some(into, std::move(here));
}

void http_stream::write_some(const const_buffers& from, transfer_handler handler) {
  auto here = asio::bind_executor(get_executor(), std::move(handler));
  if (tls_)
    tls_->async_write_some(from, std::move(here));
  else
    tcp_.async_write_some(from, std::move(here));
}

asio::awaitable<void> http_stream::finish_sending() {
  boost::system::error_code ignored;
  if (tls_) {
    // As if the peer's close_notify had come: TLS lets each side close alone, and a peer need not answer.
    ::SSL_set_shutdown(ssl(), ::SSL_get_shutdown(ssl()) | SSL_RECEIVED_SHUTDOWN);
    auto token = asio::redirect_error(asio::use_awaitable, ignored);
    co_await tls_->async_shutdown(token);
  }
  socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
}

void http_stream::end_input() {
  boost::system::error_code ignored;
  socket().shutdown(asio::ip::tcp::socket::shutdown_receive, ignored);
}

} // namespace rollcall::front
