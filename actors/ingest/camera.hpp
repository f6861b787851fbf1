/// A camera that this node has claimed, as an actor: its capture, its watch, and the way of its events into the store.
/// Spawned and ended by INGEST.
#pragma once

#include "actors/ingest/capture.hpp"
#include "actors/ingest/person_search.hpp"
#include "actors/interfaces.hpp"
#include "core/metrics.hpp"
#include "vision/track/tracker.hpp"

#include <memory>

namespace rollcall::actors {

/// What all cameras of a node share.
struct camera_settings {
  capture_settings capturing;
  vision::tracker_settings tracking;
  std::size_t confirmations = 2;              ///< recogniser
  std::chrono::milliseconds patience{5'000};  ///< for a frame, a search, a write
  std::chrono::milliseconds write_again{500}; ///< after the store did not take events
  std::size_t most_waiting = 10'000;          ///< events that wait for the store; the oldest give way
  std::function<core::result<std::unique_ptr<feed>>(const std::string& input)> open = open_video_feed;
};

struct camera_ports {
  local_embedding_actor embedding;
  person_search_actor search;
  store_actor store;
};

/// Of all cameras of a node.
struct event_counters {
  core::counter& events;
  core::counter& events_lost;
  core::histogram& seconds; ///< from the frame to the event's commit

  explicit event_counters(core::metric_registry& registry);
};

/// With the frames of one camera, by its name.
struct camera_counters : event_counters {
  core::counter& frames;
  core::counter& analysed;
  core::counter& dropped;
  core::counter& unreadable;

  camera_counters(core::metric_registry& registry, const std::string& camera);
};

/// Ends it here: tracks end, events are stored. It has stopped, or it is given back for another node to run. Then the
/// actor quits.
struct end_camera {
  bool is_given_back = false;
};

/// Another node has it: nothing more may be written.
struct lose_camera {};

using camera_actor = caf::typed_actor<caf::reacts_to<end_camera>, caf::reacts_to<lose_camera>>;

/// Starts a camera that was claimed; `since`: when it was last watched by another node, which is told as a gap.
/// It quits when it has ended for whatever reason and its events are stored, or can't be.
[[nodiscard]] camera_actor camera(caf::actor_system& system, store::stream_processor claimed,
                                  std::optional<core::wall_time> since, camera_settings settings, camera_ports ports,
                                  const camera_counters& counters);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::end_camera)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::lose_camera)
