#include "net/socket_poll.hpp"

#include "core/assert.hpp"

#include <utility>

namespace rollcall::net {

namespace {

bool has_input(zmq::socket_ref socket) {
  return (socket.get(zmq::sockopt::events) & ZMQ_POLLIN) != 0;
}

} // namespace

socket_poll::socket_poll(int wake_fd) : descriptors_{{wake_fd, POLLIN, 0}} {}

void socket_poll::clear() {
  sockets_.clear();
  descriptors_.resize(1);
  is_valid_ = true;
}

void socket_poll::add(zmq::socket_ref socket, std::function<void()> read) {
  descriptors_.push_back({socket.get(zmq::sockopt::fd), POLLIN, 0});
  sockets_.push_back({socket, std::move(read)});
}

void socket_poll::touch(const void* socket) noexcept {
  for (auto& each : sockets_)
    if (each.socket.handle() == socket)
      each.is_touched = true;
}

void socket_poll::wait(std::chrono::milliseconds at_most) {
  ROLLCALL_ASSERT(is_valid_);
  bool is_any_ready = false;
  for (auto& each : sockets_) {
    each.is_ready = each.is_touched && has_input(each.socket);
    each.is_touched = false;
    is_any_ready |= each.is_ready;
  }
  const int found =
      ::poll(descriptors_.data(), descriptors_.size(), is_any_ready ? 0 : static_cast<int>(at_most.count()));
  for (std::size_t at = 0; found > 0 && at < sockets_.size(); ++at)
    sockets_[at].is_ready |= descriptors_[at + 1].revents != 0;
}

void socket_poll::read() {
  for (std::size_t at = 0; at < sockets_.size() && is_valid_; ++at)
    if (sockets_[at].is_ready) {
      sockets_[at].is_touched = true;
      sockets_[at].read();
    }
}

} // namespace rollcall::net
