/// A TCP connection, with TLS over it once `secure` was called: what sessions of the server and the command-line client
/// read and write. Models Beast's AsyncStream, so that nothing above knows which of the two it is. Owned by one
/// session, on its strand; one read and one write at a time, and not both at once.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace rollcall::front {

class http_stream {
public:
  using executor_type = boost::beast::tcp_stream::executor_type;

  explicit http_stream(boost::asio::ip::tcp::socket over) : tcp_(std::move(over)) {}
  /// Not connected yet.
  explicit http_stream(boost::asio::io_context& on) : tcp_(on) {}
  http_stream(const http_stream&) = delete;
  http_stream& operator=(const http_stream&) = delete;

  /// From now on bytes go through TLS as `with` says, which may end before the stream; the handshake comes first.
  void secure(boost::asio::ssl::context& with) { tls_.emplace(tcp_, with); }
  /// Bytes go through plain TCP again; what TLS had received and not handed out is lost.
  void drop_security() { tls_.reset(); }
  [[nodiscard]] bool is_secure() const noexcept { return tls_.has_value(); }

  /// OpenSSL's handle. Precondition: `is_secure()`.
  [[nodiscard]] SSL* ssl() { return tls_->native_handle(); }

  /// Token: of (error_code). Precondition: `is_secure()`.
  template <class Token>
  auto async_handshake(boost::asio::ssl::stream_base::handshake_type as, Token&& token) {
    return tls_->async_handshake(as, std::forward<Token>(token));
  }

  /// As Asio's; `boost::asio::error::eof` under TLS only when the peer said that it ends.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    return tls_ ? tls_->async_read_some(into, std::forward<Token>(token))
                : tcp_.async_read_some(into, std::forward<Token>(token));
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    return tls_ ? tls_->async_write_some(from, std::forward<Token>(token))
                : tcp_.async_write_some(from, std::forward<Token>(token));
  }

  /// Tells the peer that nothing follows, under TLS by a close_notify; does not wait for the peer's. Never fails; the
  /// stream's time limit bounds it.
  [[nodiscard]] boost::asio::awaitable<void> finish_sending();

  /// A read that waits, and every one after it, ends as if the peer had ended.
  void end_input();

  void close() { tcp_.close(); }

  /// Both hold for what is begun after them; the connection is closed when the time is over.
  void expires_after(std::chrono::milliseconds span) { tcp_.expires_after(span); }
  void expires_never() { tcp_.expires_never(); }

  [[nodiscard]] executor_type get_executor() noexcept { return tcp_.get_executor(); }
  [[nodiscard]] boost::beast::tcp_stream& tcp() noexcept { return tcp_; }
  [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return tcp_.socket(); }

private:
  boost::beast::tcp_stream tcp_;
  std::optional<boost::beast::ssl_stream<boost::beast::tcp_stream&>> tls_;
};

} // namespace rollcall::front
