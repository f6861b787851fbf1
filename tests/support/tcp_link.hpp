/// The way to a server on loopback, as bad as a network can be: a proxy that hands bytes on late, not at all, or only
/// half of them before it cuts the connection. Owns one thread; all calls are safe from any thread and none blocks.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace rollcall::test {

/// A port of loopback that nobody listens on just now, nor will by chance: the kernel gives it to nobody who asks for
/// any.
[[nodiscard]] std::uint16_t free_port();

class tcp_link {
public:
  /// Listens on a free port of loopback, and connects to `target` for everyone who comes. Throws std::runtime_error.
  explicit tcp_link(std::uint16_t target);
  ~tcp_link();
  tcp_link(const tcp_link&) = delete;
  tcp_link& operator=(const tcp_link&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;

  /// Bytes arrive so much later from now on, in both directions.
  void delay(std::chrono::milliseconds by);
  /// Nothing arrives any more, without a word; false: what was kept back does, and what follows.
  void silence(bool is_silent);
  /// Every connection ends after half of the next bytes that it carries; new ones may be made.
  void cut();

private:
  struct machinery;
  std::unique_ptr<machinery> machinery_;
};

} // namespace rollcall::test
