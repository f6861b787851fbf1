/// Requests of a proxy actor to one peer: what comes back on the peers' thread goes through the actor's mailbox, so
/// that its state stays its own. Part of one actor's state; touched by that actor only.
#pragma once

#include "actors/interfaces.hpp"

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace rollcall::actors {

/// Asks one node, as net::zmq_peers::ask does; safe from any thread, never blocks, calls the last argument once.
using peer_ask = std::function<void(std::string method, core::shared_bytes body, core::deadline until,
                                    std::function<void(core::result<core::shared_bytes>)> then)>;

/// To the actor itself: the peer's reply to one request.
struct peer_replied {
  std::uint64_t ticket = 0;
  core::result<core::shared_bytes> outcome = core::error{};
};

class peer_calls {
public:
  /// Passes a request on; `decode` makes a core::result<Reply> of the reply's body. Returns the promise of the message
  /// that the actor handles.
  template <class Reply, class Self, class Decode>
  caf::typed_response_promise<Reply> pass(Self self, const peer_ask& ask, const char* method, core::shared_bytes body,
                                          core::deadline until, Decode decode) {
    auto promise = self->template make_response_promise<Reply>();
    const auto ticket = ++last_ticket_;
    owed_.emplace(ticket, [promise, decode](core::result<core::shared_bytes> outcome) mutable {
      auto reply = outcome ? decode(**outcome) : core::result<Reply>{std::move(outcome).failure()};
      if (reply)
        promise.deliver(*std::move(reply));
      else
        promise.deliver(to_caf(reply.failure()));
    });
    ask(method, std::move(body), until,
        [home = caf::actor_cast<caf::actor>(self), ticket](core::result<core::shared_bytes> outcome) {
          caf::anon_send(home, peer_replied{ticket, std::move(outcome)});
        });
    return promise;
  }

  /// Without effect when it was settled before.
  void settle(peer_replied& got) {
    if (auto found = owed_.extract(got.ticket); !found.empty())
      found.mapped()(std::move(got.outcome));
  }

  void settle_all(const core::error& why) {
    for (auto& [ticket, answer] : std::exchange(owed_, {}))
      answer(why);
  }

private:
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, std::function<void(core::result<core::shared_bytes>)>> owed_;
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::peer_replied)
