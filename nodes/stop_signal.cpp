#include "nodes/stop_signal.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace rollcall::nodes {

namespace {

std::atomic<int> event = -1; ///< the handler's only way out: readable once a signal has come

static_assert(std::atomic<int>::is_always_lock_free, "the handler must not lock");

extern "C" void note_stop(int /*number*/) {
  const int kept = errno;
  const std::uint64_t one = 1;
  (void)!::write(event, &one, sizeof one);
  errno = kept;
}

void catch_signal(int number) {
  struct sigaction action {};
  ::sigaction(number, nullptr, &action);
  if (action.sa_handler == SIG_IGN) // NOLINT(cppcoreguidelines-pro-type-cstyle-cast): the system's macro
    return;
  action = {};
  action.sa_handler = note_stop;
  action.sa_flags = SA_RESTART;
  ::sigaction(number, &action, nullptr);
}

} // namespace

stop_signal::stop_signal() {
  event = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  catch_signal(SIGTERM);
  catch_signal(SIGINT);
  std::signal(SIGPIPE, SIG_IGN);
}

bool stop_signal::has_come(std::chrono::milliseconds wait) {
  pollfd waited{event, POLLIN, 0};
  int ready = 0;
  do {
    ready = has_come_ ? 1 : ::poll(&waited, 1, static_cast<int>(wait.count()));
  } while (ready < 0 && errno == EINTR);
  has_come_ = ready > 0;
  return has_come_;
}

void stop_signal::await() {
  constexpr std::chrono::hours long_wait{1};
  while (!has_come(long_wait)) {
  }
}

} // namespace rollcall::nodes
