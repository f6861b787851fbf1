/// The nodes that this one wants fenced: it wrote, and they did not confirm it. Part of the STORE actor's state.
#pragma once

#include "core/clock.hpp"
#include "core/worker_pool.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace rollcall::actors {

/// What to do about a node that went on renewing its leases, but did not confirm a write while one ran: it is to get
/// none for a while, so that further writes don't wait for it (store::membership::fence). Both block.
struct node_fence {
  std::function<void(const std::string& node, std::uint64_t lease)> begin; ///< none: each write waits for a lease
  std::function<void(const std::string& node)> end;                        ///< it confirms again
};

class node_fences {
public:
  /// `by` is called on a thread of `threads`, which outlives the object. Where too many wait there, the next write
  /// that misses the node tries again.
  node_fences(node_fence by, core::worker_pool& threads) : by_(std::move(by)), threads_(&threads) {}

  /// `node` did not confirm a write while that lease ran. At most once a second for each.
  void begin(const std::string& node, std::uint64_t lease) {
    const auto now = std::chrono::steady_clock::now();
    auto& asked = asked_[node];
    if (!by_.begin || now - asked < pause)
      return;
    asked = now;
    static_cast<void>(threads_->post([begin = by_.begin, node, lease](std::size_t) { begin(node, lease); }));
  }

  /// `node` confirmed one. Without effect soon after `begin`, which may still be under way: it will confirm more.
  void end(const std::string& node) {
    const auto found = asked_.find(node);
    if (found != asked_.end() && std::chrono::steady_clock::now() - found->second >= pause && by_.end
        && threads_->post([end = by_.end, node](std::size_t) { end(node); }))
      asked_.erase(found);
  }

private:
  static constexpr std::chrono::seconds pause{1};

  node_fence by_;
  core::worker_pool* threads_;
  std::map<std::string, core::steady_time> asked_; ///< when last; until they confirm
};

} // namespace rollcall::actors
