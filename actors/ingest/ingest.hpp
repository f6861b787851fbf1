/// INGEST: claims cameras and runs them; forgets events that are old; has VIDEOS do the video jobs. One per node with
/// that role; no threads of its own.
#pragma once

#include "actors/ingest/camera.hpp"
#include "actors/ingest/camera_keeper.hpp"
#include "actors/ingest/videos.hpp"
#include "actors/interfaces.hpp"
#include "core/metrics.hpp"
#include "core/similarity_curve.hpp"

#include <chrono>

namespace rollcall::actors {

/// INGEST of this node; MEMBER tells it which part of the cameras is its own. One that is told nothing is alone.
using local_ingest_actor = ingest_actor::extend<caf::reacts_to<ingest_share>>;

struct ingest_settings {
  keeper_settings keeper;
  camera_settings camera;
  std::size_t candidates = 5; ///< references asked for in a search
  std::chrono::hours keep_events{168};
  videos_settings videos;
};

struct ingest_ports {
  local_embedding_actor embedding;
  coordinator_actor coordinator;
  store_actor store;
  core::similarity_curve curve;
  std::string model_version;
};

/// Starts INGEST. A camera whose claim the store does not prolong in time is given up before another node may claim it.
///
/// An exit message drains it: cameras end with their events stored, as do video jobs, and their claims are given back,
/// so that another node takes them over at once.
///
/// Metrics: rollcall_cameras, those of camera_counters and those of VIDEOS. `metrics` outlives the actor.
[[nodiscard]] local_ingest_actor ingest(caf::actor_system& system, ingest_settings settings, ingest_ports ports,
                                        core::metric_registry& metrics);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::ingest_share)
