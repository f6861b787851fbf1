/// An EMBEDDING actor that holds its pictures until the test answers them.
#pragma once

#include "tests/actor/deterministic.hpp"

#include <memory>
#include <vector>

namespace rollcall::testing {

struct scripted_embedder {
  caf::actor home;
  std::size_t workers = 1;
  std::vector<caf::typed_response_promise<vision::analysis>> owed;

  void answer(int width_px) {
    vision::analysis made;
    made.width_px = width_px;
    take([made](auto& promise) { promise.deliver(made); });
  }
  void fail(core::error_code code) {
    take([code](auto& promise) { promise.deliver(actors::to_caf(core::fail(code, "as the script says"))); });
  }

private:
  template <class Act>
  void take(Act act) {
    caf::anon_send(home, script_step{[promise = owed.front(), act]() mutable { act(promise); }});
    owed.erase(owed.begin());
  }
};

[[nodiscard]] inline actors::embedding_actor spawn_embedder(caf::actor_system& system,
                                                            const std::shared_ptr<scripted_embedder>& script) {
  using scripted = actors::embedding_actor::extend<caf::reacts_to<script_step>>;
  return system.spawn(
      [](scripted::pointer self, const std::shared_ptr<scripted_embedder>& held) -> scripted::behavior_type {
        held->home = caf::actor_cast<caf::actor>(self);
        return {
            [self, held](const actors::analyze_request&) {
              held->owed.push_back(self->make_response_promise<vision::analysis>());
              return held->owed.back();
            },
            [held](const actors::status_request&) {
              return actors::embedding_status{held->workers, held->owed.size()};
            },
            [](const script_step& step) { step.act(); },
        };
      },
      script);
}

} // namespace rollcall::testing
