/// The pool in front of several EMBEDDING actors, of this node and, in a cluster, of others: the same interface, so
/// that callers don't know how many there are and where. One per node; no threads of its own.
#pragma once

#include "actors/interfaces.hpp"
#include "core/metrics.hpp"

#include <vector>

namespace rollcall::actors {

struct embedding_member {
  embedding_actor actor;
  std::size_t workers = 1; ///< threads of the actor
};

struct embedding_pool_settings {
  std::size_t outstanding = 256; ///< pictures accepted and not yet answered, over all members. Range [1, 65'536]
};

/// Starts a pool over `members`, all of this node; those of others come and go with the routes. Who gets a picture:
/// `embedder_table`. When the one that has it goes down, is cut off, is full or refuses it as another version's, the
/// picture is tried once on another within its deadline; with none left the error is the answer (`unavailable` where
/// there was none at all). A full pool answers `overloaded`, counted in rollcall_embedding_pool_refused_total; tries on
/// another are counted in rollcall_embedding_rerouted_total, pictures for other nodes in
/// rollcall_embedding_remote_total.
/// An exit message drains it: it ends when every picture has been answered.
/// Status: the workers of the members that are up, outstanding of the pool.
/// `metrics` outlives the actor.
[[nodiscard]] embedding_pool_actor embedding_pool(caf::actor_system& system, std::vector<embedding_member> members,
                                                  embedding_pool_settings settings, core::metric_registry& metrics);

} // namespace rollcall::actors
