/// The pool in front of several EMBEDDING actors: the same interface, so that callers don't know how many there are.
/// One per node; no threads of its own.
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

/// Starts a pool over `members`. A picture goes to the live member with the fewest outstanding (ties: the first). When
/// a member goes down, each picture it owed is tried once on another within its deadline; with none left it is answered
/// `unavailable`. A full pool answers `overloaded`, counted in rollcall_embedding_pool_refused_total.
/// An exit message drains it: it ends when every picture has been answered.
/// Status: the workers of the members that are up, outstanding of the pool.
/// Preconditions (asserted): at least one member. `metrics` outlives the actor.
[[nodiscard]] embedding_actor embedding_pool(caf::actor_system& system, std::vector<embedding_member> members,
                                             embedding_pool_settings settings, core::metric_registry& metrics);

} // namespace rollcall::actors
