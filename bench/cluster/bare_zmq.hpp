/// ZeroMQ alone, for comparison: processes that answer with so many bytes, and a thread that asks them.
#pragma once

#include "bench/cluster/peer_processes.hpp"
#include "bench/figures.hpp"

#include <memory>

namespace rollcall::bench {

/// `has_keys`: encrypted by CURVE, as between nodes; who asks is not looked at. Before the first thread.
[[nodiscard]] std::vector<forked> fork_bare(std::uint32_t count, std::size_t reply_bytes, bool has_keys);

/// One thread with a DEALER to each of the processes: sends a message to all of them and waits for all answers, with
/// several such scatters under way.
class bare_scatter {
public:
  bare_scatter(const std::vector<forked>& to, std::size_t request_bytes);
  ~bare_scatter();
  bare_scatter(const bare_scatter&) = delete;
  bare_scatter& operator=(const bare_scatter&) = delete;

  [[nodiscard]] load_done run(int outstanding, double seconds);

private:
  struct sockets;
  std::unique_ptr<sockets> sockets_;
};

} // namespace rollcall::bench
