/// EMBEDDING: one actor that turns pictures into faces and embeddings on worker threads of its own. Spawned by
/// `nodes/` through `node_actors`; the pool in front of several of them is actors/embedding/embedding_pool.hpp.
#pragma once

#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <functional>
#include <vector>

namespace rollcall::actors {

/// What a worker thread does, and it alone, one call at a time: these may own networks and scratch memory without
/// locks. They block, and return errors as codes (what they throw is answered as `internal`).
using analyze_function = std::function<core::result<vision::analysis>(core::byte_view, const vision::analyze_options&)>;
using look_function =
    std::function<core::result<vision::analysis>(const vision::bgr8_image&, const vision::analyze_options&)>;
using embed_function = std::function<core::result<std::vector<float>>(const vision::bgr8_image&)>;

struct vision_worker {
  analyze_function analyze;  ///< an encoded picture
  look_function look = {};   ///< a decoded one; none: streams are refused
  embed_function embed = {}; ///< an aligned face of one; none: refused
};

struct embedding_settings {
  std::size_t queue = 64; ///< pictures waiting for a worker of this actor; one more is refused. Range [1, 65'536]
};

/// Starts an EMBEDDING actor with one thread per worker. Metrics, labelled with `name`:
/// rollcall_embedding_refused_total, rollcall_embedding_outstanding, rollcall_embedding_seconds (run time of one
/// picture), rollcall_embedding_wait_seconds (time in the queue).
///
/// An exit message drains it: pictures not yet started are answered with `unavailable`, running ones are finished.
/// Preconditions (asserted): at least one worker, queue ≥ 1. `metrics` outlives the actor.
[[nodiscard]] local_embedding_actor embedding(caf::actor_system& system, std::vector<vision_worker> workers,
                                              embedding_settings settings, core::metric_registry& metrics,
                                              const std::string& name = "0");

} // namespace rollcall::actors
