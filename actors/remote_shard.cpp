#include "actors/remote_shard.hpp"

#include "actors/handlers.hpp"
#include "actors/peer_codec.hpp"
#include "actors/reply_table.hpp"

#include <utility>

namespace rollcall::actors {

// What the peers' thread sends back: a reply, already in this program's terms.
struct remote_searched {
  std::uint64_t ticket = 0;
  core::result<core::shared_bytes> outcome = core::error{};
};

struct remote_applied {
  std::uint64_t ticket = 0;
  core::result<core::shared_bytes> outcome = core::error{};
};

struct remote_status {
  std::uint64_t ticket = 0;
  core::result<core::shared_bytes> outcome = core::error{};
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::remote_searched)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::remote_applied)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::remote_status)

namespace rollcall::actors {

namespace {

using remote_self =
    shard_actor::extend<caf::reacts_to<remote_searched>, caf::reacts_to<remote_applied>, caf::reacts_to<remote_status>>;

// The decoded body, or the error in its place.
template <class Value, class Decode>
core::result<Value> read(core::result<core::shared_bytes> outcome, const Decode& decode) {
  if (!outcome)
    return std::move(outcome).failure();
  return decode(**outcome);
}

class remote_state {
public:
  static constexpr const char* name = "remote_shard";

  explicit remote_state(remote_self::pointer self) : self_(self) {}

  remote_self::behavior_type start(peer_ask ask, remote_shard_settings settings) {
    install_handlers(self_, "remote_shard");
    self_->set_exit_handler([this](caf::exit_msg& why) { end(why.reason); });
    ask_ = std::move(ask);
    settings_ = settings;
    const auto until_applied = [this] { return core::deadline::in(settings_.apply_timeout); };
    const auto until_known = [this] { return core::deadline::in(settings_.status_timeout); };
    return {
        [this](const shard::search_request& request) {
          return pass<remote_searched>(searches_, method::search, encode(request), request.until);
        },
        [=, this](const apply_request& request) {
          return pass<remote_applied>(changes_, method::apply, encode(request), until_applied());
        },
        [=, this](const drop_request& request) {
          return pass<remote_applied>(changes_, method::drop, encode(request), until_applied());
        },
        [=, this](const status_request&) {
          return pass<remote_status>(statuses_, method::status, empty(), until_known());
        },
        [=, this](const ready_request& request) {
          return pass<remote_status>(statuses_, method::status, empty(), request.until);
        },
        [this](remote_searched& got) {
          searches_.settle(got.ticket, read<shard::search_answer>(std::move(got.outcome), [](const core::bytes& body) {
                             return decode_search_answer(body);
                           }));
        },
        [this](remote_applied& got) {
          changes_.settle(got.ticket, read<applied>(std::move(got.outcome), [](const core::bytes&) {
                            return core::result<applied>{applied{}};
                          }));
        },
        [this](remote_status& got) {
          statuses_.settle(got.ticket, read<shard_status>(std::move(got.outcome),
                                                          [](const core::bytes& body) { return decode_status(body); }));
        },
    };
  }

private:
  static core::shared_bytes empty() { return std::make_shared<const core::bytes>(); }

  template <class Done, class Reply>
  caf::typed_response_promise<Reply> pass(reply_table<Reply>& owed, const char* what, core::shared_bytes body,
                                          core::deadline until) {
    auto promise = self_->template make_response_promise<Reply>();
    const auto ticket = owed.add(promise);
    ask_(what, std::move(body), until,
         [home = caf::actor_cast<caf::actor>(self_), ticket](core::result<core::shared_bytes> outcome) {
           caf::anon_send(home, Done{ticket, std::move(outcome)});
         });
    return promise;
  }

  void end(const caf::error& reason) {
    searches_.settle_all(stopping());
    changes_.settle_all(stopping());
    statuses_.settle_all(stopping());
    self_->quit(reason);
  }

  remote_self::pointer self_;
  peer_ask ask_;
  remote_shard_settings settings_;
  reply_table<shard::search_answer> searches_;
  reply_table<applied> changes_;
  reply_table<shard_status> statuses_;
};

remote_self::behavior_type run_remote(remote_self::stateful_pointer<remote_state> self, const peer_ask& ask,
                                      const remote_shard_settings& settings) {
  return self->state.start(ask, settings);
}

} // namespace

shard_actor remote_shard(caf::actor_system& system, peer_ask ask, remote_shard_settings settings) {
  return system.spawn(run_remote, std::move(ask), settings);
}

} // namespace rollcall::actors
