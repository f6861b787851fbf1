/// A proxy before a node's public port that changes what goes through it. Owns one thread, on which it serves one
/// connection after the other, one request each.
#pragma once

#include <boost/beast/http.hpp>

#include <cstdint>
#include <functional>
#include <memory>

namespace rollcall::bench {

class tampering_proxy {
public:
  using request = boost::beast::http::request<boost::beast::http::string_body>;
  using reply = boost::beast::http::response<boost::beast::http::string_body>;
  /// Either may be empty.
  struct hooks {
    std::function<void(request&)> on_request;
    std::function<void(reply&)> on_reply;
  };

  /// Listens on a free port of loopback. Throws boost::system::system_error.
  tampering_proxy(std::uint16_t target, hooks with);
  ~tampering_proxy();
  tampering_proxy(const tampering_proxy&) = delete;
  tampering_proxy& operator=(const tampering_proxy&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

private:
  struct machinery;
  std::unique_ptr<machinery> machinery_;
};

} // namespace rollcall::bench
