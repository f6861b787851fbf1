#include "front/http_stream.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rollcall::front {

namespace asio = boost::asio;

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
