#include "front/gateway.hpp"

#include "core/log.hpp"

namespace rollcall::front {

/// Something that a gateway actor asked may have taken too long.
struct gateway_wake {};

} // namespace rollcall::front

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::front::gateway_wake)

namespace rollcall::front {

namespace {

caf::behavior gateway_behavior(caf::stateful_actor<gateway_worker>* self, std::size_t) {
  self->set_exception_handler([](std::exception_ptr&) -> caf::error {
    core::log(core::log_level::failure, "front", "a gateway actor met an exception");
    return caf::exit_reason::unhandled_exception;
  });
  // A reply that comes after its request timed out is of no use to anyone.
  self->set_default_handler(caf::drop);
  return {
      [self](gateway_job& job) { job.run(self->state); },
      [self](gateway_wake) { self->state.wake(); },
  };
}

} // namespace

void gateway_worker::wake_later() {
  if (const auto after = timeouts_.next_wake(self_->clock().now()))
    self_->delayed_send(self_, *after, gateway_wake{});
}

void gateway_worker::wake() {
  for (const auto& end : timeouts_.take(self_->clock().now()))
    end();
  wake_later();
}

gateway::gateway(caf::actor_system& system, std::size_t actors) : system_(system) {
  for (std::size_t i = 0; i < actors; ++i)
    actors_.push_back(system.spawn(gateway_behavior, i));
}

gateway::~gateway() {
  stop();
}

void gateway::submit(gateway_job job) {
  if (actors_.empty())
    return;
  const auto turn = next_.fetch_add(1, std::memory_order_relaxed);
  caf::anon_send(actors_[turn % actors_.size()], std::move(job));
}

void gateway::stop() {
  if (actors_.empty())
    return;
  caf::scoped_actor self{system_};
  for (const auto& one : actors_)
    self->send_exit(one, caf::exit_reason::user_shutdown);
  self->wait_for(actors_);
  actors_.clear();
}

} // namespace rollcall::front
