/// Searches for persons in view, for all cameras of a node: asks COORDINATOR, joins the hits with their records, writes
/// the decision. An actor, spawned by INGEST; no threads of its own.
#pragma once

#include "actors/interfaces.hpp"
#include "core/similarity_curve.hpp"
#include "wire/events.hpp"

#include <string>
#include <vector>

namespace rollcall::actors {

struct person_request {
  std::string camera;
  std::string collection; ///< its id
  float threshold = 80;   ///< similarity, 0–100
  std::uint64_t track = 0;
  std::vector<float> probe; ///< dimension float32, L2-normalised
  core::deadline until;
};

/// References at or above the threshold, most similar first, ties by lower id.
struct persons_found {
  std::vector<wire::event_candidate> candidates;
};

using person_search_actor = caf::typed_actor<
    // From: cameras. Appends one decision to the log each time it answers. Errors: not_found (collection),
    // model_mismatch, those of COORDINATOR and STORE.
    caf::replies_to<person_request>::with<persons_found>>;

struct person_search_ports {
  coordinator_actor coordinator;
  store_actor store;
  core::similarity_curve curve;
  std::string model_version;
};

/// `candidates`: references asked for, in [1, 4'096].
[[nodiscard]] person_search_actor person_search(caf::actor_system& system, person_search_ports ports,
                                                std::size_t candidates);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::person_request)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::persons_found)
