#include "actors/ingest/camera_keeper.hpp"

#include <algorithm>
#include <set>

namespace rollcall::actors {

camera_keeper::plan camera_keeper::decide(core::steady_time now, std::span<const store::stream_processor> under_way,
                                          std::span<const store::processor_claim> held) {
  plan made;
  std::set<core::uuid> listed;
  for (const auto& one : under_way) {
    listed.insert(one.key);
    const auto mine = running_.find(one.key);
    if (mine != running_.end()) {
      if (one.status == store::processor_status::stopping)
        made.end.push_back(one.key);
    } else if (others_.is_free(now, one.key, one) && made.claim.size() < settings_.claims_a_round
               && running_.size() + made.claim.size() < settings_.most) {
      made.claim.push_back(one);
    }
  }
  others_.keep(listed);
  for (const auto& [key, epoch] : running_)
    if (std::ranges::find(held, store::processor_claim{key, epoch}) == held.end())
      made.lose.push_back(key);
  return made;
}

std::optional<core::wall_time> last_watched(const store::stream_processor& before_claim,
                                            std::chrono::milliseconds lease) {
  if (before_claim.node.empty())
    return std::nullopt;
  return before_claim.claimed_until - lease;
}

} // namespace rollcall::actors
