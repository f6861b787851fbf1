#include "bench/cameras/tracking_metrics.hpp"

#include "vision/non_maximum.hpp"

#include <algorithm>

namespace rollcall::bench {

namespace {

constexpr float least_overlap = 0.4F; ///< of a true face and one that was found; detectors draw boxes of their own

/// The face that shows the person best, of those not yet taken.
std::optional<std::size_t> face_of(const true_face& person, std::span<const vision::face> found,
                                   const std::vector<bool>& is_taken) {
  std::optional<std::size_t> best;
  float most = least_overlap;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const float overlap = vision::overlap_of(person.box, found[i].box);
    if (!is_taken[i] && overlap >= most) {
      most = overlap;
      best = i;
    }
  }
  return best;
}

vision::track_id first_of(vision::track_id track, const joined_tracks& joined) {
  const auto found = joined.find(track);
  return found != joined.end() ? found->second : track;
}

template <class Changes>
std::size_t count_joined(const Changes& changes, const joined_tracks& joined) {
  return static_cast<std::size_t>(std::count_if(changes.begin(), changes.end(), [&](const auto& each) {
    return first_of(each.from, joined) == first_of(each.to, joined);
  }));
}

} // namespace

void tracking_metrics::note(std::span<const true_face> truth, std::span<const vision::face> found,
                            std::span<const std::optional<vision::track_id>> of_face) {
  ++frames_;
  std::vector<bool> is_taken(found.size());
  for (const auto& person : truth) {
    const auto face = face_of(person, found, is_taken);
    if (face)
      is_taken[*face] = true;
    note_person(persons_[person.person], face ? of_face[*face] : std::nullopt);
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    if (!is_taken[i] && of_face[i])
      ++false_faces_;
}

void tracking_metrics::note_person(followed& person, std::optional<vision::track_id> track) {
  if (person.last && frames_ - person.last_visible > absence_ + 1)
    person.was_away = true;
  person.last_visible = frames_;
  ++person.visible;
  if (!track) {
    person.is_lost = person.last && !person.was_away; // who was away is not lost but back
    return;
  }
  ++person.tracked;
  if (person.was_away)
    returns_.push_back({*person.last, *track});
  else if (person.last && person.last != track)
    switches_.push_back({*person.last, *track});
  fragmentations_ += person.is_lost && !person.was_away ? 1U : 0U;
  person.is_lost = person.was_away = false;
  person.last = track;
}

std::size_t tracking_metrics::mended_switches(const joined_tracks& joined) const {
  return count_joined(switches_, joined);
}

std::size_t tracking_metrics::known_returns(const joined_tracks& joined) const {
  return count_joined(returns_, joined);
}

double tracking_metrics::mostly_tracked() const {
  if (persons_.empty())
    return 0;
  const auto count = std::count_if(persons_.begin(), persons_.end(),
                                   [](const auto& each) { return 5 * each.second.tracked >= 4 * each.second.visible; });
  return static_cast<double>(count) / static_cast<double>(persons_.size());
}

} // namespace rollcall::bench
