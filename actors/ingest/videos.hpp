/// VIDEOS: claims video jobs and does them, some at a time; forgets jobs that are old. An actor, spawned by INGEST; one
/// thread a job.
#pragma once

#include "actors/ingest/video_worker.hpp"
#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <chrono>
#include <string>

namespace rollcall::actors {

struct videos_settings {
  std::size_t at_once = 1; ///< jobs; 0: none are done here
  std::chrono::hours keep{168};
  video_settings working;
};

struct videos_claims {
  std::string node; ///< its name in the cluster
  std::chrono::milliseconds lease{3'000};
};

struct do_round {};

using videos_actor = caf::typed_actor<
    // Looks for jobs now. From: itself, again and again.
    caf::reacts_to<do_round>>;

/// Starts VIDEOS. A job whose claim the store does not prolong in time is given up before another node may claim it.
///
/// An exit message drains it: runs end, with what they have found stored as far as it is of use to others, and claims
/// are given back, so that another node goes on at once.
///
/// Metrics: rollcall_video_jobs, rollcall_video_jobs_total by outcome, rollcall_video_frames_total. `metrics` outlives
/// the actor.
[[nodiscard]] videos_actor videos(caf::actor_system& system, videos_settings settings, videos_claims claims,
                                  video_ports ports, core::metric_registry& metrics);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::do_round)
