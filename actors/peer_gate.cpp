#include "actors/peer_gate.hpp"

#include "actors/handlers.hpp"
#include "actors/peer_codec.hpp"
#include "actors/request_timeout.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

// A SHARD actor that has not said for so long how it is does not work.
constexpr std::chrono::milliseconds ping_timeout{2'000};

class gate_state {
public:
  static constexpr const char* name = "peer_gate";

  explicit gate_state(gate_actor::pointer self) : self_(self) {}

  gate_actor::behavior_type start(const shard_actor& local, gate_ports ports) {
    install_handlers(self_, "peer_gate");
    local_ = local;
    ports_ = std::move(ports);
    return {
        [this](peer_call& got) { serve(got); },
        [this](const peer_ping& got) {
          self_->request(local_, ping_timeout, status_request{})
              .then([this, call = got.call](const shard_status&) { ports_.answer_ping(call); },
                    [](const caf::error&) {}); // the peer notices
        },
    };
  }

private:
  void serve(const peer_call& got) {
    const auto& [call, request] = got;
    if (request.method == method::search)
      pass<shard::search_answer>(call, request, decode_search(*request.body, request.until));
    else if (request.method == method::apply)
      pass<applied>(call, request, decode_apply(*request.body));
    else if (request.method == method::drop)
      pass<applied>(call, request, decode_drop(*request.body));
    else if (request.method == method::status)
      pass<shard_status>(call, request, core::result<status_request>{status_request{}});
    else
      ports_.answer(call, core::fail(core::error_code::unsupported,
                                     "The node does not know " + request.method + ": upgrade it."));
  }

  template <class Reply, class Message>
  void pass(const net::call_id& call, const net::peer_request& request, core::result<Message> message) {
    if (!message)
      return ports_.answer(call, std::move(message).failure());
    self_->request(local_, request_timeout(request.until), *std::move(message))
        .then([this, call](const Reply& reply) { ports_.answer(call, encode(reply)); },
              [this, call](const caf::error& failed) { ports_.answer(call, to_core(failed)); });
  }

  gate_actor::pointer self_;
  shard_actor local_;
  gate_ports ports_;
};

gate_actor::behavior_type run_gate(gate_actor::stateful_pointer<gate_state> self, const shard_actor& local,
                                   const gate_ports& ports) {
  return self->state.start(local, ports);
}

} // namespace

gate_actor peer_gate(caf::actor_system& system, shard_actor local, gate_ports ports) {
  return system.spawn(run_gate, std::move(local), std::move(ports));
}

} // namespace rollcall::actors
