/// A TCP socket that has its address and does not listen yet: a node takes its addresses before it does anything slow,
/// so that one that can't have them says so at once, and callers are not kept waiting until it serves. Move-only.
#pragma once

#include "core/result.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace rollcall::front {

/// Where a server listens. `host`: an IPv4 or IPv6 address or "localhost"; port 0: any free one.
struct endpoint {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
};

/// "host:port", an IPv6 host in brackets.
[[nodiscard]] std::string to_string(const endpoint& at);

class bound_socket {
public:
  /// Errors: `invalid_config` when `at` is no address or can't be had; the message names it and why.
  [[nodiscard]] static core::result<bound_socket> bind(const endpoint& at);

  ~bound_socket();
  bound_socket(bound_socket&& other) noexcept
      : at_(std::move(other.at_)), is_v6_(other.is_v6_), number_(std::exchange(other.number_, -1)) {}
  bound_socket& operator=(bound_socket&& other) noexcept {
    std::swap(at_, other.at_);
    std::swap(is_v6_, other.is_v6_);
    std::swap(number_, other.number_);
    return *this;
  }

  /// With the port chosen.
  [[nodiscard]] const endpoint& at() const noexcept { return at_; }
  [[nodiscard]] bool is_v6() const noexcept { return is_v6_; }
  /// The file descriptor, which the caller closes from now on.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }

private:
  bound_socket(endpoint at, bool is_v6, int number) : at_(std::move(at)), is_v6_(is_v6), number_(number) {}

  endpoint at_;
  bool is_v6_ = false;
  int number_ = -1;
};

/// Whether `host` can be reached from this machine alone. Errors: `invalid_config` when it is no address.
[[nodiscard]] core::result<bool> is_loopback_host(const std::string& host);

} // namespace rollcall::front
