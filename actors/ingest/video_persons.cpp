#include "actors/ingest/video_persons.hpp"

#include <utility>

namespace rollcall::actors {

video_persons::step video_persons::to_step(vision::tracking_step from) {
  step made{std::move(from.of_face), std::move(from.shots), {}};
  for (const auto& one : from.ended)
    made.ended.push_back(one.id);
  return made;
}

video_persons::step video_persons::look(std::chrono::milliseconds at, std::span<const vision::face> found) {
  return to_step(tracker_.update(at, found));
}

video_persons::step video_persons::finish(std::chrono::milliseconds at) {
  return to_step(tracker_.finish(at));
}

std::optional<store::joined_persons> video_persons::learn(const vision::best_shot& shot,
                                                          std::span<const float> embedding) {
  const auto continued = tracker_.learn(shot.track, embedding, shot.shows.quality);
  if (!continued)
    return std::nullopt;
  const auto earlier = person_of(*continued);
  const auto known = persons_.find(shot.track);
  if (known == persons_.end()) {
    persons_.emplace(shot.track, earlier);
    return std::nullopt;
  }
  const auto later = known->second;
  if (later == earlier)
    return std::nullopt;
  for (auto& [track, person] : persons_)
    if (person == later)
      person = earlier;
  return store::joined_persons{later, earlier};
}

std::uint32_t video_persons::person_of(vision::track_id track) {
  const auto [place, is_new] = persons_.try_emplace(track, next_);
  if (is_new)
    ++next_;
  return place->second;
}

} // namespace rollcall::actors
