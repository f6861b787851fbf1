/// SIGTERM and SIGINT as something that a thread asks for. Made in main before any other thread of ours; one per
/// process; one thread asks.
///
/// A handler catches them, not a mask: libraries start threads before main, which have no mask, and a signal that comes
/// while nobody waits for it would be delivered to one of those and end the process in the middle of its work.
#pragma once

#include <chrono>

namespace rollcall::nodes {

class stop_signal {
public:
  /// Catches SIGTERM, and SIGINT where it is not ignored already; ignores SIGPIPE.
  stop_signal();

  /// True when one of them has come; waits for it at most `wait`.
  [[nodiscard]] bool has_come(std::chrono::milliseconds wait);

  /// Returns when one of them has come.
  void await();

private:
  bool has_come_ = false;
};

} // namespace rollcall::nodes
