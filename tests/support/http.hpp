/// A plain HTTP/1.1 client over a blocking socket for tests and benchmarks: sends exactly the bytes it is given, so
/// that requests may be wrong, slow or cut off. Every wait has a deadline. One thread per connection.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::test {

struct http_reply {
  int status = 0;
  std::map<std::string, std::string> headers; ///< names in lower case
  std::string body;
};

using http_headers = std::vector<std::pair<std::string, std::string>>;

class http_connection {
public:
  /// Connects to `port` of 127.0.0.1. Errors: `unavailable`, `deadline_exceeded`.
  [[nodiscard]] static core::result<http_connection> open(std::uint16_t port, core::deadline until);

  ~http_connection();
  http_connection(http_connection&& other) noexcept;
  http_connection& operator=(http_connection&& other) noexcept;

  /// Errors: `unavailable` (the peer has closed; a reply may be waiting nevertheless), `deadline_exceeded`.
  [[nodiscard]] core::status send(std::string_view bytes, core::deadline until);

  /// The next reply; bytes after it are kept for the one after. Errors: `unavailable` (closed before its end),
  /// `malformed` (no HTTP), `deadline_exceeded`.
  [[nodiscard]] core::result<http_reply> read_reply(core::deadline until);

  /// Ends this direction alone, as shutdown(SHUT_WR) does.
  void finish_sending();

  /// What the peer sends until it closes or resets the connection. Errors: `deadline_exceeded`.
  [[nodiscard]] core::result<std::string> read_to_end(core::deadline until);

private:
  explicit http_connection(int socket) : socket_(socket) {}
  [[nodiscard]] core::result<std::size_t> receive(core::deadline until);

  int socket_ = -1;
  std::string received_; ///< and not yet read
};

/// `POST /` of an awsJson1_1 operation, unsigned, with `more` headers after its own.
[[nodiscard]] std::string rekognition_request(std::string_view operation, std::string_view json,
                                              const http_headers& more = {});

/// One request on a connection of its own.
[[nodiscard]] core::result<http_reply> call(std::uint16_t port, std::string_view operation, std::string_view json,
                                            core::deadline until);
[[nodiscard]] core::result<http_reply> fetch(std::uint16_t port, std::string_view path, core::deadline until);

} // namespace rollcall::test
