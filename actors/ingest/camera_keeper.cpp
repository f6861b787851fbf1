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
  const auto offered = offered_.extract(claim.processor);
  if (offered && offered.mapped().is_given) // nobody else wanted it
    give_pause_ = std::min<std::chrono::milliseconds>(2 * give_pause_, longest_give_pause);
}

camera_keeper::plan camera_keeper::decide(core::steady_time now, std::span<const store::stream_processor> under_way,
                                          std::span<const store::processor_claim> held) {
  plan made;
  std::set<core::uuid> listed;
  const auto share = static_cast<std::size_t>(std::ceil(static_cast<double>(under_way.size()) * part_.part - rounding));
  for (const auto& one : under_way) {
    listed.insert(one.key);
    const auto mine = running_.find(one.key);
    if (mine != running_.end()) {
      if (one.status == store::processor_status::stopping)
        made.end.push_back(one.key);
    } else if (may_claim(now, one, share, made.claim.size())) {
      made.claim.push_back(one);
    }
  }
  others_.keep(listed);
  std::erase_if(offered_, [&](const auto& one) { return !listed.contains(one.first); });
  for (const auto& [key, epoch] : running_)
    if (std::ranges::find(held, store::processor_claim{key, epoch}) == held.end())
      made.lose.push_back(key);
  made.give = surplus(now, share);
  return made;
}

bool camera_keeper::may_claim(core::steady_time now, const store::stream_processor& one, std::size_t share,
                              std::size_t claiming) {
  if (!others_.is_free(now, one.key, one)) {
    offered_.erase(one.key);
    return false;
  }
  const auto running = running_.size() + claiming;
  if (claiming >= settings_.claims_a_round || running >= settings_.most || part_.is_leaving)
    return false;
  const auto offered = offered_.find(one.key);
  const bool is_given = offered != offered_.end() && offered->second.is_given;
  if ((running < share || !one.node.empty()) && !is_given)
    return true;
  return now >= offered_.try_emplace(one.key, offer{now + settings_.lease}).first->second.until;
}

std::vector<core::uuid> camera_keeper::surplus(core::steady_time now, std::size_t share) {
  std::vector<core::uuid> given;
  const auto most = part_.is_leaving ? 0 : share;
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
    if (offered_.try_emplace(one->first, offer{now + 2 * settings_.lease, true}).second)
      given.push_back(one->first);
  return given;
}

std::optional<core::wall_time> last_watched(const store::stream_processor& before_claim,
                                            std::chrono::milliseconds lease) {
  if (before_claim.claimed_until == core::wall_time{})
    return std::nullopt;
  return before_claim.claimed_until - lease;
}

} // namespace rollcall::actors
