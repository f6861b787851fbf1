/// SIGTERM and SIGINT as something that a thread asks for, instead of a handler. Made in main before any other thread,
/// so that all inherit the mask. One thread asks.
#pragma once

#include <chrono>

namespace rollcall::nodes {

class stop_signal {
public:
  /// Blocks SIGTERM and SIGINT in this thread and those it starts; ignores SIGPIPE.
  stop_signal();

  /// True when one of them has come; waits for it at most `wait`.
  [[nodiscard]] bool has_come(std::chrono::milliseconds wait);

  /// Returns when one of them has come.
  void await();

private:
  bool has_come_ = false;
};

} // namespace rollcall::nodes
