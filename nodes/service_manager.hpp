/// The service manager that started this process, where there is one, as systemd's notification protocol has it
/// (sd_notify(3)): it is told how the node does by datagrams of `NAME=value` lines. Owned by main; any thread.
#pragma once

#include <chrono>
#include <string>

namespace rollcall::nodes {

class service_manager {
public:
  /// `socket`: a path, or `@` and a name in the abstract namespace; empty: nobody is told anything. `watchdog`: within
  /// which `WATCHDOG=1` is to come again, 0: never.
  service_manager(std::string socket, std::chrono::milliseconds watchdog);

  /// By NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  [[nodiscard]] static service_manager from_environment();

  /// Sends `lines`, e.g. "READY=1\nSTATUS=serving". Blocks for two seconds at most; a failure is logged.
  void tell(const std::string& lines) const;

  [[nodiscard]] std::chrono::milliseconds watchdog() const noexcept { return watchdog_; }

private:
  std::string socket_;
  std::chrono::milliseconds watchdog_;
};

} // namespace rollcall::nodes
