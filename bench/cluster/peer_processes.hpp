/// Processes that answer as Rollcall nodes with keys, for bench_cluster. Forked, so they must be made before the
/// process's first thread.
#pragma once

#include "actors/peers/peer_gate.hpp"
#include "core/uuid.hpp"
#include "net/zmq_peers.hpp"

#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rollcall::bench {

inline constexpr core::uuid cluster_id{{1}};

/// Forks a process; it ends with this object, or with the process that made it.
class forked {
public:
  /// There, `serve` writes where it listens to `pipe` (`tell`), and does not return.
  explicit forked(const std::function<void(int pipe)>& serve);
  ~forked();
  forked(forked&& other) noexcept
      : pid_(std::exchange(other.pid_, -1)), pipe_(std::exchange(other.pipe_, -1)), where_(std::move(other.where_)) {}
  forked& operator=(forked&&) = delete;
  forked(const forked&) = delete;
  forked& operator=(const forked&) = delete;

  /// Until it listens; first of all. Throws std::runtime_error where it ends before.
  void await();
  [[nodiscard]] const net::peer_address& where() const { return where_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

  static void tell(int pipe, const net::peer_address& where);

private:
  pid_t pid_;
  int pipe_; ///< closed at its end when it listens
  net::peer_address where_;
};

/// Makes those that do the work of the node with that index, in its process.
using make_workers = std::function<actors::gate_workers(caf::actor_system&, std::uint32_t index)>;

/// Nodes "node0" … that listen, and admit the node "front" by that key.
[[nodiscard]] std::vector<forked> fork_nodes(std::uint32_t count, const std::string& key_of_front,
                                             const make_workers& make);

[[nodiscard]] double cpu_seconds(const std::vector<forked>& all);

/// Of a processor, used so far by that process. Throws std::runtime_error when it has ended.
[[nodiscard]] double cpu_seconds(pid_t pid);

/// Does `what` in a process of its own, which may fork as it has no threads, and gives what that made. Throws
/// std::runtime_error where it failed. Before the first thread.
[[nodiscard]] std::string apart(const std::function<std::string()>& what);

} // namespace rollcall::bench
