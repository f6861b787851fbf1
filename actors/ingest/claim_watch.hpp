/// Which work of other nodes may be taken over: a claim is over when it was seen unchanged for as long as it lasts, on
/// this node's clock. A plain class; one thread; times are given to it.
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace rollcall::actors {

/// `Key`: of the work, which is claimed as store/claims.hpp says.
template <class Key>
class claim_watch {
public:
  /// `node`: this one's name. `lease`: how long a claim lasts.
  claim_watch(std::string node, std::chrono::milliseconds lease) : node_(std::move(node)), lease_(lease) {}

  /// Whether this node may claim it: nobody has, it did so itself before it was started anew, or the claim is over.
  template <class Work>
  [[nodiscard]] bool is_free(core::steady_time now, const Key& key, const Work& of) {
    if (of.node.empty() || of.node == node_)
      return true;
    auto& last = seen_[key];
    if (last.epoch != of.epoch || last.until != of.claimed_until)
      last = {of.epoch, of.claimed_until, now};
    return now - last.since >= lease_;
  }

  /// Forgets what is not among these.
  template <class Keys>
  void keep(const Keys& listed) {
    std::erase_if(seen_, [&](const auto& one) { return !listed.contains(one.first); });
  }

private:
  struct sighting {
    std::uint64_t epoch = 0;
    core::wall_time until{};
    core::steady_time since{};
  };

  std::string node_;
  std::chrono::milliseconds lease_;
  std::map<Key, sighting> seen_;
};

} // namespace rollcall::actors
