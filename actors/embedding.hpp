/// EMBEDDING: one actor that turns pictures into faces and embeddings on worker threads of its own. Spawned by
/// `nodes/` through `node_actors`; the pool in front of several of them is actors/embedding_pool.hpp.
#pragma once

#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <functional>
#include <vector>

namespace rollcall::actors {

/// Analyses one encoded picture. Called by one worker thread only, one call at a time: it may own networks and scratch
/// memory without locks. Blocks; returns errors as codes (what it throws is answered as `internal`).
using analyze_function = std::function<core::result<vision::analysis>(core::byte_view, const vision::analyze_options&)>;

struct embedding_settings {
  std::size_t queue = 64; ///< pictures waiting for a worker of this actor; one more is refused. Range [1, 65'536]
};

/// Starts an EMBEDDING actor with one worker thread per function. Metrics, labelled with `name`:
/// rollcall_embedding_refused_total, rollcall_embedding_outstanding, rollcall_embedding_seconds (run time of one
/// picture), rollcall_embedding_wait_seconds (time in the queue).
///
/// An exit message drains it: pictures not yet started are answered with `unavailable`, running ones are finished.
/// Preconditions (asserted): at least one function, queue ≥ 1. `metrics` outlives the actor.
[[nodiscard]] embedding_actor embedding(caf::actor_system& system, std::vector<analyze_function> analyzers,
                                        embedding_settings settings, core::metric_registry& metrics,
                                        const std::string& name = "0");

} // namespace rollcall::actors
