#include "vision/track/tracker.hpp"

#include <algorithm>
#include <utility>

namespace rollcall::vision {

namespace {

using indices = std::vector<std::size_t>;

// The least likeness (`likeness_of`) of the box where a track should be and that of a face.
constexpr float least_of_sure = 0.2F;   ///< a face of high confidence
constexpr float least_of_unsure = 0.5F; ///< a false find must not lead a track astray
constexpr float least_of_new = 0.3F;    ///< the second face of a track, whose velocity is not known yet

constexpr std::size_t most_remembered = 1000; ///< ended tracks; crowds pass by

/// Takes the members of `gone` out of `from`; both ascending.
void take_out(indices& from, indices gone) {
  std::sort(gone.begin(), gone.end());
  std::erase_if(from, [&](std::size_t each) { return std::binary_search(gone.begin(), gone.end(), each); });
}

} // namespace

tracker::tracker(const tracker_settings& settings) : settings_(settings) {
  settings_.confirm_after = std::max<std::size_t>(settings_.confirm_after, 1);
  settings_.best_shots = std::max<std::size_t>(settings_.best_shots, 1);
}

tracking_step tracker::update(std::chrono::milliseconds at, std::span<const face> found) {
  tracking_step step;
  step.of_face.resize(found.size());
  advance(at);
  end_lost(settings_.lost_for, step);
  match(found, step);
  choose_shots(step);
  return step;
}

tracking_step tracker::finish(std::chrono::milliseconds at) {
  tracking_step step;
  advance(at);
  end_lost(std::chrono::milliseconds{-1}, step); // also of who was seen just now
  return step;
}

void tracker::advance(std::chrono::milliseconds at) {
  const auto passed = std::max(at - now_, std::chrono::milliseconds{0});
  now_ += passed;
  for (auto& each : tracks_)
    each.motion.predict(std::chrono::duration<double>{passed}.count(), each.is_seen);
  std::erase_if(ended_, [&](const visit& each) { return now_ - each.ended > settings_.remember_for; });
}

void tracker::end_lost(std::chrono::milliseconds lost_for, tracking_step& step) {
  for (auto& each : tracks_) {
    auto& of = each.of;
    if (of.summary.id == 0 || now_ - of.summary.last <= lost_for)
      continue;
    if (auto shot = of.album.choose_last())
      step.shots.push_back({of.summary.id, shot->at, std::move(shot->shows)});
    step.ended.push_back(of.summary);
    of.ended = now_;
    ended_.push_back(of);
  }
  std::erase_if(tracks_, [&](const followed& each) { return now_ - each.of.summary.last > lost_for; });
  if (ended_.size() > most_remembered)
    ended_.erase(ended_.begin(), ended_.end() - most_remembered);
}

void tracker::match(std::span<const face> found, tracking_step& step) {
  std::vector<sighting> seen;
  for (const auto& each : found)
    seen.push_back({each.box, face_looks{each.aligned}});
  auto track_of = pair(found, seen);
  for (auto& each : tracks_)
    each.is_seen = false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!track_of[i] && found[i].confidence >= settings_.high_confidence) {
      track_of[i] = tracks_.size();
      tracks_.push_back(begin(found[i]));
    }
    if (track_of[i])
      see(tracks_[*track_of[i]], found[i], seen[i].looks);
  }
  confirm(step);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (track_of[i] && tracks_[*track_of[i]].of.summary.id != 0)
      step.of_face[i] = tracks_[*track_of[i]].of.summary.id;
  std::erase_if(tracks_, [](const followed& each) { return each.of.summary.id == 0 && !each.is_seen; });
}

std::vector<std::optional<std::size_t>> tracker::pair(std::span<const face> found,
                                                      std::span<const sighting> seen) const {
  std::vector<sighting> expected;
  indices known, fresh, sure, unsure;
  for (std::size_t i = 0; i < tracks_.size(); ++i) {
    expected.push_back({tracks_[i].motion.box(), tracks_[i].looks});
    (tracks_[i].of.summary.id != 0 ? known : fresh).push_back(i);
  }
  for (std::size_t i = 0; i < found.size(); ++i)
    (found[i].confidence >= settings_.high_confidence ? sure : unsure).push_back(i);
  std::vector<std::optional<std::size_t>> track_of(found.size());
  const auto take = [&](const std::vector<sighting_pair>& pairs, indices& tracks, indices& faces) {
    indices gone_tracks, gone_faces;
    for (const auto& [track, one] : pairs) {
      track_of[one] = track;
      gone_tracks.push_back(track);
      gone_faces.push_back(one);
    }
    take_out(tracks, std::move(gone_tracks));
    take_out(faces, std::move(gone_faces));
  };
  take(associate(expected, known, seen, sure, least_of_sure), known, sure);
  take(find_again(expected, known, seen, sure), known, sure);
  std::erase_if(known, [&](std::size_t each) { return !tracks_[each].is_seen; });
  take(associate(expected, known, seen, unsure, least_of_unsure), known, unsure);
  take(associate(expected, fresh, seen, sure, least_of_new), fresh, sure);
  return track_of;
}

tracker::followed tracker::begin(const face& found) const {
  followed made{{{}, shot_album{settings_.embed_every, settings_.best_shots}}, box_motion{found.box}, {}};
  made.of.summary.first = now_;
  return made;
}

void tracker::see(followed& track, const face& found, const face_looks& looks) {
  if (track.of.summary.frames > 0)
    track.motion.correct(found.box);
  track.looks.follow(looks);
  track.is_seen = true;
  track.of.summary.last = now_;
  track.of.summary.box = found.box_ratio;
  ++track.of.summary.frames;
  track.of.album.offer(now_, found);
}

void tracker::confirm(tracking_step& step) {
  for (auto& each : tracks_) {
    auto& summary = each.of.summary;
    if (summary.id != 0 || summary.frames < settings_.confirm_after)
      continue;
    summary.id = ++last_id_;
    step.begun.push_back(summary);
  }
}

void tracker::choose_shots(tracking_step& step) {
  for (auto& each : tracks_) {
    if (each.of.summary.id == 0)
      continue;
    if (auto shot = each.of.album.choose(now_))
      step.shots.push_back({each.of.summary.id, shot->at, std::move(shot->shows)});
  }
}

template <class Self>
auto tracker::find(Self& in, track_id track) noexcept -> decltype(in.ended_.data()) {
  if (track == 0)
    return nullptr;
  for (auto& each : in.tracks_)
    if (each.of.summary.id == track)
      return &each.of;
  for (auto& each : in.ended_)
    if (each.summary.id == track)
      return &each;
  return nullptr;
}

std::optional<track_id> tracker::learn(track_id track, std::span<const float> embedding, float quality) {
  auto* of = find(*this, track);
  if (of == nullptr)
    return std::nullopt;
  of->album.keep(embedding, quality);
  if (of->is_continuing)
    return std::nullopt;
  auto* earlier = find_earlier(*of);
  if (earlier == nullptr)
    return std::nullopt;
  earlier->is_continued = true;
  of->is_continuing = true;
  return earlier->summary.id;
}

std::vector<float> tracker::probe(track_id track) const {
  const auto* of = find(*this, track);
  return of != nullptr ? of->album.mean() : std::vector<float>{};
}

tracker::visit* tracker::find_earlier(const visit& than) {
  const auto probe = than.album.mean();
  float best = settings_.same_cosine;
  visit* found = nullptr;
  for (auto& each : ended_) {
    if (each.is_continued || each.summary.last >= than.summary.first)
      continue;
    const auto other = each.album.mean();
    const float similarity = cosine(other, probe);
    if (!other.empty() && similarity >= best) {
      best = similarity;
      found = &each;
    }
  }
  return found;
}

} // namespace rollcall::vision
