/// HTTP requests and replies as plain values, between the server and those who answer. No sockets, no Beast. A request
/// belongs to its connection's coroutine, which outlives the answer to it.
#pragma once

#include "core/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rollcall::front {

/// A body in one piece of memory, not initialised before it is read into.
class body_buffer {
public:
  body_buffer() = default;
  explicit body_buffer(std::size_t size) : data_(std::make_unique_for_overwrite<char[]>(size)), size_(size) {}
  /// A copy of `text`.
  explicit body_buffer(std::string_view text) : body_buffer(text.size()) { text.copy(data_.get(), size_); }

  [[nodiscard]] char* data() noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::string_view view() const noexcept { return {data_.get(), size_}; }
  /// Forgets the end beyond `size`, which must not be more than there is.
  void shrink(std::size_t size) noexcept { size_ = size; }

private:
  std::unique_ptr<char[]> data_;
  std::size_t size_ = 0;
};

struct http_header {
  std::string name;
  std::string value;
};

/// A request as received. `path` and `query` are the two parts of the target at its first "?", not decoded.
struct http_request {
  std::string method;
  std::string path;
  std::string query;
  std::vector<http_header> headers; ///< in order of arrival, repeated ones too
  body_buffer body;
  bool is_from_loopback = false;

  /// The value of the first header of that name (compared without case); empty when there is none.
  [[nodiscard]] std::string_view header(std::string_view name) const noexcept;
  [[nodiscard]] bool has_header(std::string_view name) const noexcept;
};

/// Makes the next piece of a streamed body; an empty one ends it, an error cuts the connection.
using body_source = std::function<boost::asio::awaitable<core::result<std::string>>()>;

/// What to answer. The server adds Date, Content-Length and Connection.
struct http_reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<http_header> headers;
  body_source more; ///< when set, the body is streamed in chunks from here and `body` is not used
};

/// Answers one request; called for one request of a connection at a time, from any of the server's threads. Must not
/// block or throw.
using http_handler = std::function<boost::asio::awaitable<http_reply>(http_request&)>;

/// Equality of header names: ASCII, without case.
[[nodiscard]] bool is_same_name(std::string_view a, std::string_view b) noexcept;

} // namespace rollcall::front
