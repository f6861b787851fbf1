#include "actors/ingest/video_keeper.hpp"

#include <algorithm>
#include <set>

namespace rollcall::actors {

video_keeper::plan video_keeper::decide(core::steady_time now, std::span<const store::video_job> open,
                                        std::span<const store::video_claim> held) {
  plan made;
  std::set<std::string> listed;
  for (const auto& one : open) {
    listed.insert(one.id);
    // Looked at even where there is no room, so that its time runs.
    if (!running_.contains(one.id) && others_.is_free(now, one.id, one)
        && running_.size() + made.claim.size() < at_once_)
      made.claim.push_back(one.id);
  }
  others_.keep(listed);
  for (const auto& [id, epoch] : running_)
    if (std::ranges::find(held, store::video_claim{id, epoch}) == held.end())
      made.lose.push_back(id);
  return made;
}

} // namespace rollcall::actors
