#include "actors/embedding/embedder_table.hpp"

#include <algorithm>
#include <compare>
#include <utility>

namespace rollcall::actors {

// Smaller is preferred.
struct embedder_table::burden {
  bool is_avoided = false;
  double waiting = 0; ///< pictures before this one that no worker has taken yet, for each worker
  bool is_remote = false;
  double outstanding = 0; ///< for each worker

  friend auto operator<=>(const burden&, const burden&) = default;
};

embedder_table::burden embedder_table::burden_of(const member& one, core::steady_time now) const {
  const auto workers = static_cast<double>(one.workers);
  const auto queued = one.outstanding < one.workers ? 0 : one.outstanding + 1 - one.workers;
  return {now < one.avoided_until, static_cast<double>(queued) / workers, !one.is_own,
          static_cast<double>(one.outstanding) / workers};
}

std::optional<std::size_t> embedder_table::choose(std::optional<std::size_t> except, core::steady_time now) const {
  std::optional<std::size_t> best;
  for (std::size_t at = 0; at < members_.size(); ++at)
    if (members_[at].is_up && at != except && (!best || burden_of(members_[at], now) < burden_of(members_[*best], now)))
      best = at;
  return best;
}

std::vector<std::size_t> embedder_table::follow(const std::map<std::string, embedding_actor>& remote) {
  std::vector<std::size_t> added;
  for (auto& [node, index] : remote_)
    members_[index].is_up = false;
  for (const auto& [node, actor] : remote) {
    const auto known = remote_.find(node);
    if (known != remote_.end() && members_[known->second].actor == actor) {
      members_[known->second].is_up = true;
      continue;
    }
    remote_[node] = members_.size();
    added.push_back(members_.size());
    members_.push_back({actor});
  }
  return added;
}

void embedder_table::learn(std::size_t index, std::size_t workers) {
  members_[index].workers = std::max<std::size_t>(workers, 1);
}

void embedder_table::avoid(std::size_t index, core::steady_time now) {
  members_[index].avoided_until = now + avoidance;
}

std::optional<std::size_t> embedder_table::find(const caf::actor_addr& address) const {
  for (std::size_t at = 0; at < members_.size(); ++at)
    if (members_[at].actor.address() == address)
      return at;
  return std::nullopt;
}

std::size_t embedder_table::workers() const {
  std::size_t sum = 0;
  for (const auto& one : members_)
    sum += one.is_up ? one.workers : 0;
  return sum;
}

} // namespace rollcall::actors
