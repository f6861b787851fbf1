/// The way out for an actor's threads when the actor is killed while they work.
#pragma once

#include <caf/all.hpp>

#include <memory>
#include <utility>

namespace rollcall::actors {

/// Destroys `threads` (which joins them) on a thread of its own, so that neither the scheduler nor the news of the
/// actor's end waits for them. The actor system waits when it ends.
inline void retire(caf::actor_system& system, std::shared_ptr<void> threads) {
  auto held = std::make_shared<std::shared_ptr<void>>(std::move(threads));
  system.spawn<caf::detached>(
      [](caf::event_based_actor*, const std::shared_ptr<std::shared_ptr<void>>& last) { last->reset(); },
      std::move(held));
}

} // namespace rollcall::actors
