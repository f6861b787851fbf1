/// Tells the service manager, time and again, that the node works, and only while it does: a node that hangs falls
/// silent and is started anew. Owned by main, a thread of its own.
#pragma once

#include "core/clock.hpp"
#include "core/result.hpp"
#include "nodes/service_manager.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace rollcall::nodes {

class watchdog {
public:
  /// Whether the parts that do the work answer. May block until the deadline, or, when the process hangs, for ever.
  using probe = std::function<core::status(core::deadline)>;

  /// Asks `works` three times within `manager.watchdog()`, and says `WATCHDOG=1` after each success, else a `STATUS`
  /// that says what is wrong. Does nothing where the manager wants no pings. `manager` outlives the object.
  watchdog(const service_manager& manager, probe works);
  /// Waits for a probe that runs.
  ~watchdog();
  watchdog(const watchdog&) = delete;
  watchdog& operator=(const watchdog&) = delete;

private:
  void run();
  void ask() const;

  const service_manager& manager_;
  probe works_;
  std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool is_ending_ = false;
  std::thread thread_;
};

} // namespace rollcall::nodes
