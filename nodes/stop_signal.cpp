#include "nodes/stop_signal.hpp"

#include <cerrno>
#include <csignal>
#include <ctime>

namespace rollcall::nodes {

namespace {

sigset_t stopping() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  return set;
}

} // namespace

stop_signal::stop_signal() {
  const auto set = stopping();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool stop_signal::has_come(std::chrono::milliseconds wait) {
  const auto set = stopping();
  const timespec span{wait.count() / 1'000, (wait.count() % 1'000) * 1'000'000};
  has_come_ = has_come_ || sigtimedwait(&set, nullptr, &span) > 0;
  return has_come_;
}

void stop_signal::await() {
  constexpr std::chrono::hours long_wait{1};
  while (!has_come(long_wait)) {
  }
}

} // namespace rollcall::nodes
