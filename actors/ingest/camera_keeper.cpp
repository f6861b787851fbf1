#include "actors/ingest/camera_keeper.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace rollcall::actors {

namespace {

constexpr std::chrono::minutes longest_give_pause{10};
constexpr double rounding = 1e-6; // a third of six is two

} // namespace

void camera_keeper::learn(const ingest_share& share) {
  if (share.part != part_.part)
    give_pause_ = 2 * settings_.lease;
  part_ = share;
}

void camera_keeper::note_running(const store::processor_claim& claim) {
  running_[claim.processor] = claim.epoch;
  offered_.erase(claim.processor);
  if (given_.erase(claim.processor) != 0) // nobody else wanted it
    give_pause_ = std::min<std::chrono::milliseconds>(2 * give_pause_, longest_give_pause);
}

camera_keeper::plan camera_keeper::decide(core::steady_time now, std::span<const store::stream_processor> under_way,
                                          std::span<const store::processor_claim> held) {
  plan made;
  std::set<core::uuid> listed;
  share_ = static_cast<std::size_t>(std::ceil(static_cast<double>(under_way.size()) * part_.part - rounding));
  for (const auto& one : under_way) {
    listed.insert(one.key);
    const auto mine = running_.find(one.key);
    if (mine != running_.end()) {
      if (one.status == store::processor_status::stopping)
        made.end.push_back(one.key);
    } else if (may_claim(now, one, made.claim.size())) {
      made.claim.push_back(one);
    }
  }
  others_.keep(listed);
  std::erase_if(offered_, [&](const auto& one) { return !listed.contains(one.first); });
  std::erase_if(given_, [&](const auto& one) { return !offered_.contains(one); });
  for (const auto& [key, epoch] : running_)
    if (std::ranges::find(held, store::processor_claim{key, epoch}) == held.end())
      made.lose.push_back(key);
  made.give = surplus(now);
  return made;
}

bool camera_keeper::may_claim(core::steady_time now, const store::stream_processor& one, std::size_t claiming) {
  if (!others_.is_free(now, one.key, one)) {
    offered_.erase(one.key);
    return false;
  }
  const auto running = running_.size() + claiming;
  if (claiming >= settings_.claims_a_round || running >= settings_.most || part_.is_leaving)
    return false;
  if ((running < share_ || !one.node.empty()) && !given_.contains(one.key))
    return true;
  return now >= offered_.try_emplace(one.key, now + settings_.lease).first->second;
}

std::vector<core::uuid> camera_keeper::surplus(core::steady_time now) {
  std::vector<core::uuid> given;
  const auto most = part_.is_leaving ? 0 : share_;
  if (running_.size() <= most) {
    over_share_.reset();
    return given;
  }
  if (!over_share_)
    over_share_ = now;
  if (!part_.is_leaving && now - *over_share_ < give_pause_)
    return given;
  over_share_ = now;
  for (auto one = running_.rbegin(); one != running_.rend() && (part_.is_leaving || given.empty()); ++one)
    if (!offered_.contains(one->first))
      given.push_back(one->first);
  for (const auto& one : given) {
    offered_[one] = now + 2 * settings_.lease;
    given_.insert(one);
  }
  return given;
}

std::optional<core::wall_time> last_watched(const store::stream_processor& before_claim,
                                            std::chrono::milliseconds lease) {
  if (before_claim.claimed_until == core::wall_time{})
    return std::nullopt;
  return before_claim.claimed_until - lease;
}

} // namespace rollcall::actors
