/// The bridge from coroutines to actors: a few event-based actors that send requests in the coroutines' name. Owned by
/// `front`; `submit` is safe from any thread. Coroutines use it through `front/ask.hpp`.
#pragma once

#include <caf/all.hpp>

#include <atomic>
#include <cstddef>
#include <functional>
#include <vector>

namespace rollcall::front {

/// What a gateway actor runs; it must not block. Dropped without a run when the actor has ended.
struct gateway_job {
  std::function<void(caf::event_based_actor*)> run;
};

class gateway {
public:
  /// Spawns `actors` gateway actors in `system`, which outlives the object.
  gateway(caf::actor_system& system, std::size_t actors);
  ~gateway();

  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  /// Runs `job` on one of the actors, in turn.
  void submit(gateway_job job);

  /// Ends the actors and waits until they have dropped every job and every reply they waited for. Blocks; idempotent.
  void stop();

private:
  caf::actor_system& system_;
  std::vector<caf::actor> actors_;
  std::atomic<std::size_t> next_{0};
};

} // namespace rollcall::front

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::front::gateway_job)
