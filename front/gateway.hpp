/// The bridge from coroutines to actors: a few event-based actors that send requests in the coroutines' name. Owned by
/// `front`; `submit` is safe from any thread. Coroutines use it through `front/ask.hpp`.
#pragma once

#include "core/agenda.hpp"

#include <caf/all.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace rollcall::front {

/// One of the actors, within its own jobs. Keeps one timer for all that it asks.
class gateway_worker {
public:
  explicit gateway_worker(caf::event_based_actor* self) noexcept : self_(self) {}

  /// Sends `message` to `target`; `then` is called once, on the actor: with the reply, or with the reason (a
  /// caf::error) why there is none, `request_timeout` after `within`.
  template <class Reply, class Target, class Message, class Then>
  void ask(const Target& target, Message message, std::chrono::milliseconds within, Then then) {
    const auto late = timeouts_.add(self_->clock().now() + within,
                                    [then]() mutable { then(caf::make_error(caf::sec::request_timeout)); });
    wake_later();
    self_->request(target, caf::infinite, std::move(message))
        .then(
            [this, late, then](Reply& reply) mutable {
              if (timeouts_.remove(late))
                then(std::move(reply));
            },
            [this, late, then](caf::error& failed) mutable {
              if (timeouts_.remove(late))
                then(std::move(failed));
            });
  }

  /// Ends what has taken too long.
  void wake();

private:
  void wake_later();

  caf::event_based_actor* self_;
  core::agenda<std::function<void()>> timeouts_;
};

/// What a gateway actor runs; it must not block. Dropped without a run when the actor has ended.
struct gateway_job {
  std::function<void(gateway_worker&)> run;
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
