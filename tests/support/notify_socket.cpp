#include "tests/support/notify_socket.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace rollcall::test {

notify_socket::notify_socket(std::string name) : name_(std::move(name)) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  std::copy_n(name_.begin(), std::min(name_.size(), sizeof at.sun_path - 1), at.sun_path);
  const bool is_abstract = name_.front() == '@';
  if (is_abstract)
    at.sun_path[0] = '\0';
  const auto size = offsetof(sockaddr_un, sun_path) + name_.size() + (is_abstract ? 0 : 1);
  in_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (::bind(in_, reinterpret_cast<const sockaddr*>(&at), static_cast<socklen_t>(size)) != 0)
    throw std::system_error(errno, std::generic_category(), name_);
}

notify_socket::~notify_socket() {
  ::close(in_);
  if (name_.front() != '@')
    ::unlink(name_.c_str());
}

std::optional<std::string> notify_socket::receive(core::deadline until) const {
  pollfd waited{in_, POLLIN, 0};
  if (::poll(&waited, 1, static_cast<int>(until.left().count())) != 1)
    return std::nullopt;
  std::array<char, 4'096> buffer{};
  const auto size = ::recv(in_, buffer.data(), buffer.size(), 0);
  return std::string(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
}

std::optional<std::string> notify_socket::receive_with(const std::string& text, core::deadline until) const {
  for (auto told = receive(until); told; told = receive(until))
    if (told->find(text) != std::string::npos)
      return told;
  return std::nullopt;
}

} // namespace rollcall::test
