/// Processes that answer a search at once with prepared hits, for bench_cluster: as Rollcall nodes with keys, or as
/// bare ZeroMQ sockets. Forked, so they must be made before the program's first thread.
#pragma once

#include "core/uuid.hpp"
#include "net/zmq_peers.hpp"

#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace rollcall::bench {

inline constexpr core::uuid cluster_id{{1}};

class shard_processes {
public:
  /// Forks `count` processes that answer with `k` hits; they admit the node "front" by that key, or are bare sockets
  /// where it is empty. Throws std::runtime_error when one does not start.
  shard_processes(std::uint32_t count, std::size_t k, const std::string& key_of_front);
  /// Kills them.
  ~shard_processes();
  shard_processes(const shard_processes&) = delete;
  shard_processes& operator=(const shard_processes&) = delete;

  [[nodiscard]] const std::vector<net::peer_address>& addresses() const { return addresses_; }

private:
  std::vector<pid_t> pids_;
  std::vector<net::peer_address> addresses_;
};

/// One thread with a DEALER to each of the bare processes: sends a message to all of them and waits for all answers,
/// with several such scatters under way.
class raw_scatter {
public:
  raw_scatter(const shard_processes& to, std::size_t request_bytes);
  ~raw_scatter();
  raw_scatter(const raw_scatter&) = delete;
  raw_scatter& operator=(const raw_scatter&) = delete;

  /// The time that each scatter took, in ms.
  [[nodiscard]] std::vector<double> run(int outstanding, double seconds);

private:
  struct sockets;
  std::unique_ptr<sockets> sockets_;
};

} // namespace rollcall::bench
