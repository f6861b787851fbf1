/// A TCP connection, with TLS over it once `secure` was called: what sessions of the server and the command-line client
/// read and write. Models Beast's AsyncStream, so that nothing above knows which of the two it is. Owned by one
/// session, on its strand; one read and one write at a time, and not both at once.
#pragma once

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <utility>

namespace rollcall::front {

/// The first buffers of a sequence, as many as one call to the system takes here.
template <class Buffer>
class first_buffers {
public:
  using value_type = Buffer;
  using const_iterator = const Buffer*;

  template <class Buffers>
  explicit first_buffers(const Buffers& all) {
    const auto last = boost::asio::buffer_sequence_end(all);
    for (auto each = boost::asio::buffer_sequence_begin(all); each != last && count_ < buffers_.size(); ++each)
      if (Buffer buffer{*each}; buffer.size() > 0)
        buffers_[count_++] = buffer;
  }

  [[nodiscard]] const_iterator begin() const noexcept { return buffers_.data(); }
  [[nodiscard]] const_iterator end() const noexcept { return buffers_.data() + count_; }

private:
  std::array<Buffer, 16> buffers_{};
  std::size_t count_ = 0;
};

/// What TCP and TLS do is compiled once, in this class's source, whatever is done over it and however it is waited for:
/// handlers are passed on by Asio's `any_completion_handler`. They run on the stream's executor, whichever is their
/// own.
class http_stream {
public:
  using transfer_handler = boost::asio::any_completion_handler<void(boost::system::error_code, std::size_t)>;
  using handshake_handler = boost::asio::any_completion_handler<void(boost::system::error_code)>;
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
    auto start = [this, as](handshake_handler handler) { handshake(as, std::move(handler)); };
    return boost::asio::async_initiate<Token, void(boost::system::error_code)>(std::move(start), token);
  }

  /// As Asio's; `boost::asio::error::eof` under TLS only when the peer said that it ends.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& into, Token&& token) {
    auto start = [this](transfer_handler handler, const mutable_buffers& to) { read_some(to, std::move(handler)); };
    return initiate(std::move(start), token, mutable_buffers{into});
  }
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& from, Token&& token) {
    auto start = [this](transfer_handler handler, const const_buffers& of) { write_some(of, std::move(handler)); };
    return initiate(std::move(start), token, const_buffers{from});
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
  using mutable_buffers = first_buffers<boost::asio::mutable_buffer>;
  using const_buffers = first_buffers<boost::asio::const_buffer>;

  template <class Start, class Token, class Buffers>
  auto initiate(Start start, Token& token, Buffers buffers) {
    return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(std::move(start), token,
                                                                                            std::move(buffers));
  }
  void handshake(boost::asio::ssl::stream_base::handshake_type as, handshake_handler handler);
  void read_some(const mutable_buffers& into, transfer_handler handler);
  void write_some(const const_buffers& from, transfer_handler handler);

  boost::beast::tcp_stream tcp_;
  std::optional<boost::beast::ssl_stream<boost::beast::tcp_stream&>> tls_;
};

} // namespace rollcall::front
