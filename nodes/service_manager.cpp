#include "nodes/service_manager.hpp"

#include "core/log.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

namespace rollcall::nodes {

namespace {

std::string variable(const char* name) {
  const auto* value = std::getenv(name);
  return value == nullptr ? std::string{} : std::string{value};
}

// 0 when it is none.
std::uint64_t number_in(const std::string& text) {
  std::uint64_t value = 0;
  const auto* end = text.data() + text.size();
  return std::from_chars(text.data(), end, value).ptr == end ? value : 0;
}

// Empty when all went well, else why not.
std::string send(const std::string& socket, const std::string& lines) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (socket.size() >= sizeof to.sun_path)
    return "the socket's name is too long";
  std::copy(socket.begin(), socket.end(), to.sun_path);
  if (socket.front() == '@')
    to.sun_path[0] = '\0'; // an abstract name has no end but its length
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const int out = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (out < 0)
    return std::strerror(errno);
  const timeval patience{2, 0};
  ::setsockopt(out, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const auto sent =
      ::sendto(out, lines.data(), lines.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to), size);
  std::string why = sent < 0 ? std::strerror(errno) : "";
  ::close(out);
  return why;
}

} // namespace

service_manager::service_manager(std::string socket, std::chrono::milliseconds watchdog)
    : socket_(std::move(socket)), watchdog_(watchdog) {}

service_manager service_manager::from_environment() {
  using namespace std::chrono;
  const auto within = duration_cast<milliseconds>(microseconds{number_in(variable("WATCHDOG_USEC"))});
  const auto meant = variable("WATCHDOG_PID"); // a parent's, where it is not ours
  const bool is_ours = meant.empty() || number_in(meant) == static_cast<std::uint64_t>(::getpid());
  return {variable("NOTIFY_SOCKET"), is_ours ? within : milliseconds{0}};
}

void service_manager::tell(const std::string& lines) const {
  if (socket_.empty())
    return;
  if (const auto why = send(socket_, lines); !why.empty())
    core::log(core::log_level::warning, "node", "the service manager can't be told",
              {{"NOTIFY_SOCKET", socket_}, {"why", why}});
}

} // namespace rollcall::nodes
