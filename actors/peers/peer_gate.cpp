#include "actors/peers/peer_gate.hpp"

#include "actors/handlers.hpp"
#include "actors/ingest/remote_ingest.hpp"
#include "actors/peers/embedding_codec.hpp"
#include "actors/peers/peer_codec.hpp"

#include <utility>
#include <vector>

namespace rollcall::actors {

namespace {

// Of all peers, while the workers do not answer.
constexpr std::size_t most_pings = 1'024;

class gate_state {
public:
  static constexpr const char* name = "peer_gate";

  explicit gate_state(gate_actor::pointer self) : self_(self) {}

  gate_actor::behavior_type start(gate_workers local, gate_ports ports) {
    install_handlers(self_, "peer_gate");
    local_ = std::move(local);
    ports_ = std::move(ports);
    return {
        [this](peer_call& got) { serve(got); },
        [this](const peer_ping& got) { ping(got.call); },
    };
  }

private:
  void serve(const peer_call& got) {
    const auto& [call, request] = got;
    if (local_.shard && request.method == method::search)
      pass<shard::search_answer>(local_.shard, call, decode_search(*request.body, request.until));
    else if (local_.shard && request.method == method::find)
      pass<shard::found_reference>(local_.shard, call, decode_find(*request.body, request.until));
    else if (local_.shard && request.method == method::apply)
      pass<applied>(local_.shard, call, decode_apply(*request.body));
    else if (local_.shard && request.method == method::drop)
      pass<applied>(local_.shard, call, decode_drop(*request.body));
    else if (local_.shard && request.method == method::status)
      pass<shard_status>(local_.shard, call, core::result<status_request>{status_request{}});
    else if (local_.placed && request.method == method::snapshot_open)
      pass<snapshot_opened>(local_.placed, call, decode_snapshot_open(*request.body));
    else if (local_.placed && request.method == method::snapshot_read)
      pass<snapshot_part>(local_.placed, call, decode_snapshot_read(*request.body));
    else if (local_.embedding && request.method == method::analyze)
      pass<vision::analysis>(local_.embedding, call, decode_analyze(*request.body, request.until));
    else if (local_.embedding && request.method == method::embedding_status)
      pass<embedding_status>(local_.embedding, call, core::result<status_request>{status_request{}});
    else if (local_.ingest && request.method == method::push_frame)
      pass<frame_taken>(local_.ingest, call, decode_frame(*request.body));
    else
      ports_.answer(call, core::fail(core::error_code::unsupported, "The node does not serve " + request.method
                                                                        + ": it has another role, or is older."));
  }

  // The link keeps the deadline, and drops what comes later; whoever never answers is noticed by the pings.
  template <class Reply, class Handle, class Message>
  void pass(const Handle& whom, const net::call_id& call, core::result<Message> message) {
    if (!message)
      return ports_.answer(call, std::move(message).failure());
    self_->request(whom, caf::infinite, *std::move(message))
        .then([this, call](const Reply& reply) { ports_.answer(call, encode(reply)); },
              [this, call](const caf::error& failed) { ports_.answer(call, to_core(failed)); });
  }

  // One question at a time, for all who ask meanwhile. Whoever does not answer leaves the peers without an answer, who
  // notice; so it takes no timer.
  void ping(const net::call_id& call) {
    if (pinged_.size() < most_pings)
      pinged_.push_back(call);
    if (pinged_.size() == 1)
      ask_shard();
  }
  void ask_shard() {
    if (!local_.shard)
      return ask_embedding();
    self_->request(local_.shard, caf::infinite, status_request{})
        .then([this](const shard_status&) { ask_embedding(); }, [this](const caf::error&) { pinged_.clear(); });
  }
  void ask_embedding() {
    if (!local_.embedding)
      return answer_pings();
    self_->request(local_.embedding, caf::infinite, status_request{})
        .then([this](const embedding_status&) { answer_pings(); }, [this](const caf::error&) { pinged_.clear(); });
  }
  void answer_pings() {
    for (auto& call : std::exchange(pinged_, {}))
      ports_.answer_ping(std::move(call));
  }

  gate_actor::pointer self_;
  gate_workers local_;
  gate_ports ports_;
  std::vector<net::call_id> pinged_; ///< unanswered, of the peers; not empty: the workers are being asked
};

gate_actor::behavior_type run_gate(gate_actor::stateful_pointer<gate_state> self, const gate_workers& local,
                                   const gate_ports& ports) {
  return self->state.start(local, ports);
}

} // namespace

gate_actor peer_gate(caf::actor_system& system, gate_workers local, gate_ports ports) {
  return system.spawn(run_gate, std::move(local), std::move(ports));
}

} // namespace rollcall::actors
