/// Waits for input of many ZeroMQ sockets with one system call. `zmq::poll` asks each socket twice whenever one of them
/// wakes it, at two system calls each. For sources of `net/` only; one thread, that of the sockets.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <poll.h>
#include <vector>
#include <zmq.hpp>

namespace rollcall::net {

/// A socket's descriptor tells of a change once, and ZeroMQ may take that note for itself whenever the socket is used:
/// so one that was read from or sent on is asked itself, until it says that nothing waits.
/// Source: zmq_getsockopt(3), ZMQ_FD.
class socket_poll {
public:
  /// Has nothing but `wake_fd`, which ends a wait.
  explicit socket_poll(int wake_fd);

  /// Sockets come or go: none is used again until they are listed anew. Also from within `read`.
  void invalidate() noexcept { is_valid_ = false; }
  [[nodiscard]] bool is_valid() const noexcept { return is_valid_; }
  /// Begins a new list.
  void clear();
  /// `read` is called where input may wait, and may leave some for the next time. The socket is there until
  /// `invalidate`.
  void add(zmq::socket_ref socket, std::function<void()> read);
  /// Something was sent on that socket; others are no concern of this.
  void touch(const void* socket) noexcept;

  /// Waits until some socket has input or `wake_fd` is readable. The list is valid (asserted).
  void wait(std::chrono::milliseconds at_most);
  /// Reads what `wait` found, until the list is invalid.
  void read();

private:
  struct watched {
    zmq::socket_ref socket;
    std::function<void()> read;
    bool is_touched = true; ///< may have input of which its descriptor says nothing
    bool is_ready = false;
  };

  std::vector<watched> sockets_;
  std::vector<pollfd> descriptors_; ///< the wake's, then one of each socket
  bool is_valid_ = true;
};

} // namespace rollcall::net
