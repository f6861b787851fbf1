/// An actor system that moves only when the test says so: CAF's test coordinator under GoogleTest. For actors without
/// threads of their own; peers are scripted.
#pragma once

#include "actors/interfaces.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <optional>

namespace rollcall::testing {

/// What a scripted actor does next, on its own context: a promise may be kept only there.
struct script_step {
  std::function<void()> act;
};

} // namespace rollcall::testing

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::testing::script_step)

namespace rollcall::testing {

class deterministic : public ::testing::Test {
protected:
  static caf::actor_system_config make_config() {
    caf::actor_system_config config;
    config.set("scheduler.policy", caf::atom("testing"));
    return config;
  }

  /// Runs actors until none has anything to do.
  void run() {
    while (scheduler_.try_run_once()) {
    }
  }

  /// Lets `span` pass for timeouts of requests, and runs what they wake.
  void advance(std::chrono::milliseconds span) {
    scheduler_.advance_time(span);
    run();
  }

  /// A request that the test has sent, and its answer once it has come.
  template <class Reply>
  struct asked {
    std::optional<core::result<Reply>> answer;

    [[nodiscard]] bool is_answered() const { return answer.has_value(); }
    [[nodiscard]] core::error_code code() const {
      return answer && !*answer ? answer->failure().code : core::error_code::internal;
    }
  };

  /// Sends a request from an actor of its own; the answer is there after a `run` in which it came.
  template <class Reply, class Handle, class Message>
  std::shared_ptr<asked<Reply>> ask(const Handle& whom, Message message) {
    auto kept = std::make_shared<asked<Reply>>();
    system_.spawn(
        [](caf::event_based_actor* self, const Handle& target, const Message& what,
           const std::shared_ptr<asked<Reply>>& into) {
          self->request(target, caf::infinite, what)
              .then([into](Reply& reply) { into->answer = std::move(reply); },
                    [into](caf::error& failed) { into->answer = actors::to_core(failed); });
        },
        whom, std::move(message), kept);
    return kept;
  }

  template <class Handle>
  void kill(const Handle& whom) {
    caf::anon_send_exit(whom, caf::exit_reason::kill);
    run();
  }

  caf::actor_system_config config_ = make_config();
  caf::actor_system system_{config_};
  caf::scheduler::test_coordinator& scheduler_ = dynamic_cast<caf::scheduler::test_coordinator&>(system_.scheduler());
};

} // namespace rollcall::testing
