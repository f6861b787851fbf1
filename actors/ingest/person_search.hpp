/// Searches for persons in view, for all cameras and video jobs of a node: asks COORDINATOR, joins the hits with their
/// records, writes the decision. An actor, spawned by INGEST; no threads of its own.
#pragma once

#include "actors/interfaces.hpp"
#include "core/similarity_curve.hpp"
#include "wire/events.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::actors {

/// For whom a person is searched, as the decision log names it.
struct search_asker {
  std::string principal; ///< e.g. "camera door"
  std::string access_key;
  std::string purpose;
  std::string operation;
};

struct person_request {
  search_asker by;
  std::string collection;                  ///< its id
  std::optional<core::collection_key> key; ///< that it must have; none: whichever has the id
  float threshold = 80;                    ///< similarity, 0–100
  std::string shows;                       ///< what the probe is of, as the decision log names it
  std::vector<float> probe;                ///< dimension float32, L2-normalised
  core::deadline until;
};

/// References at or above the threshold, most similar first, ties by lower id; and their records, in the same order.
struct persons_found {
  std::vector<wire::event_candidate> candidates;
  std::vector<store::face_record> records;
};

using person_search_actor = caf::typed_actor<
    // From: cameras, video jobs. Appends one decision to the log each time it answers. Errors: not_found (collection,
    // or it has another key), model_mismatch, those of COORDINATOR and STORE.
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
