/// The service manager's end of systemd's notification protocol: a real datagram socket. Owned by one test, one thread.
#pragma once

#include "core/clock.hpp"

#include <optional>
#include <string>

namespace rollcall::test {

class notify_socket {
public:
  /// Listens at `name`: a path, or `@` and a name in the abstract namespace. Throws std::system_error.
  explicit notify_socket(std::string name);
  ~notify_socket();
  notify_socket(const notify_socket&) = delete;
  notify_socket& operator=(const notify_socket&) = delete;

  /// What NOTIFY_SOCKET is to be.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

  /// The next datagram; none: none came in time.
  [[nodiscard]] std::optional<std::string> receive(core::deadline until) const;
  /// The next datagram that has `text`, past those that have not.
  [[nodiscard]] std::optional<std::string> receive_with(const std::string& text, core::deadline until) const;

private:
  std::string name_;
  int in_ = -1;
};

} // namespace rollcall::test
