#include "nodes/watchdog.hpp"

#include "core/log.hpp"

#include <utility>

namespace rollcall::nodes {

namespace {

// A ping that is late, or lost, has not killed the node yet.
constexpr int pings_within = 3;

} // namespace

watchdog::watchdog(const service_manager& manager, probe works)
    : manager_(manager), works_(std::move(works)), every_(manager.watchdog() / pings_within) {
  if (every_.count() > 0)
    thread_ = std::thread([this] { run(); });
}

watchdog::~watchdog() {
  {
    const std::lock_guard lock{mutex_};
    is_ending_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void watchdog::run() {
  std::unique_lock lock{mutex_};
  while (!is_ending_) {
    lock.unlock();
    ask();
    lock.lock();
    wake_.wait_for(lock, every_, [this] { return is_ending_; });
  }
}

void watchdog::ask() const {
  const auto answered = works_(core::deadline::in(every_));
  if (answered) {
    manager_.tell("WATCHDOG=1\nSTATUS=serving");
    return;
  }
  const auto& why = answered.failure().message;
  core::log(core::log_level::failure, "node", "the node does not answer itself", {{"why", why}});
  manager_.tell("STATUS=does not answer itself: " + why);
}

} // namespace rollcall::nodes
