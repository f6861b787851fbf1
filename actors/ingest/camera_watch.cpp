#include "actors/ingest/camera_watch.hpp"

#include "core/digest.hpp"
#include "wire/face_landmarks.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::actors {

namespace {

/// Of the picture that shows the face, by its box in pixels and in ratios.
wire::picture_size size_by(const vision::face& of) {
  const auto side = [](float pixels, float ratio) {
    return ratio > 0 ? static_cast<int>(std::lround(pixels / ratio)) : 1;
  };
  return {side(of.box.width, of.box_ratio.width), side(of.box.height, of.box_ratio.height)};
}

wire::event_face to_wire(const vision::face& of) {
  return {of.box_ratio,
          of.confidence,
          {of.pose.roll, of.pose.yaw, of.pose.pitch},
          {of.brightness, of.sharpness},
          of.quality,
          wire::make_landmarks(of.points, size_by(of), false)};
}

// Tracks that are over, and whose last views may still be on their way.
constexpr std::size_t most_ended = 256;

} // namespace

camera_watch::camera_watch(store::stream_processor of, const vision::tracker_settings& tracking,
                           std::size_t confirmations)
    : of_(std::move(of)), tracker_(tracking), recogniser_(confirmations) {}

// An event's id is named by what makes it the only one of its kind: the claim, and its place among what was told.
wire::event camera_watch::make(wire::event_kind kind, const frame_time& seen) {
  wire::event made;
  const auto name = std::to_string(of_.epoch) + "/" + std::to_string(++told_);
  made.id = core::named_uuid(of_.key, core::bytes(name.begin(), name.end()));
  made.kind = kind;
  made.camera = of_.name;
  made.collection = of_.collection;
  made.node = of_.node;
  made.run = of_.run;
  made.claim = of_.epoch;
  made.captured = seen.at;
  made.decided = core::system_wall_clock{}.now();
  made.position = seen.position;
  return made;
}

wire::event camera_watch::tell(wire::event_kind kind, core::wall_time at, std::string message) {
  auto made = make(kind, {position_, at});
  made.message = std::move(message);
  return made;
}

wire::event camera_watch::make_end(const vision::track_summary& of, const frame_time& seen) {
  auto made = make(wire::event_kind::track_ended, seen);
  made.track = of.id;
  made.span = wire::event_track_span{of.first, of.last, of.frames};
  return made;
}

void camera_watch::forget_old(vision::track_id ended) {
  ended_.push_back(ended);
  if (ended_.size() <= most_ended)
    return;
  recogniser_.forget(ended_.front());
  continues_.erase(ended_.front());
  ended_.pop_front();
}

camera_watch::step camera_watch::take(vision::tracking_step tracked, const frame_time& seen) {
  step made;
  for (const auto& one : tracked.ended) {
    made.events.push_back(make_end(one, seen));
    forget_old(one.id);
  }
  for (auto& shot : tracked.shots)
    made.shots.push_back({std::move(shot), seen});
  return made;
}

camera_watch::step camera_watch::look(const frame_time& seen, const vision::analysis& found) {
  position_ = seen.position;
  auto tracked = tracker_.update(seen.position, found.faces);
  std::vector<wire::event> begun;
  for (const auto& one : tracked.begun) {
    auto event = make(wire::event_kind::track_began, seen);
    event.track = one.id;
    const auto place = std::ranges::find(tracked.of_face, std::optional{one.id});
    if (place != tracked.of_face.end())
      event.face = to_wire(found.faces[static_cast<std::size_t>(place - tracked.of_face.begin())]);
    begun.push_back(std::move(event));
  }
  auto made = take(std::move(tracked), seen);
  made.events.insert(made.events.begin(), begun.begin(), begun.end());
  return made;
}

std::vector<float> camera_watch::learn(const shot_to_embed& view, std::vector<float> embedding) {
  const auto track = view.shot.track;
  if (const auto earlier = tracker_.learn(track, embedding, view.shot.shows.quality)) {
    recogniser_.follow(track, *earlier);
    continues_[track] = *earlier;
  }
  auto mean = tracker_.probe(track);
  return mean.empty() ? std::move(embedding) : mean; // empty: the track has ended meanwhile
}

std::vector<wire::event> camera_watch::decide(const shot_to_embed& view, std::vector<wire::event_candidate> found) {
  const auto track = view.shot.track;
  const auto kind = recogniser_.add(track, found);
  if (!kind)
    return {};
  auto made = make(*kind, view.seen);
  made.track = track;
  made.face = to_wire(view.shot.shows);
  if (auto earlier = continues_.extract(track))
    made.continues = earlier.mapped();
  made.candidates = std::move(found);
  return {std::move(made)};
}

camera_watch::step camera_watch::finish(core::wall_time at) {
  return take(tracker_.finish(position_), {position_, at});
}

store::event_record to_record(const wire::event& from, const core::uuid& processor) {
  return {0,
          from.id,
          processor,
          from.camera,
          from.collection,
          std::string(wire::to_string(from.kind)),
          from.captured,
          from.decided,
          wire::encode(from)};
}

} // namespace rollcall::actors
