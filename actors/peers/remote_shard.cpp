#include "actors/peers/remote_shard.hpp"

#include "actors/handlers.hpp"
#include "actors/peers/peer_codec.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

using remote_self = shard_actor::extend<caf::reacts_to<peer_replied>>;

class remote_state {
public:
  static constexpr const char* name = "remote_shard";

  explicit remote_state(remote_self::pointer self) : self_(self) {}

  remote_self::behavior_type start(peer_ask ask, remote_shard_settings settings) {
    install_handlers(self_, "remote_shard");
    self_->set_exit_handler([this](caf::exit_msg& why) {
      calls_.settle_all(stopping());
      self_->quit(why.reason);
    });
    ask_ = std::move(ask);
    settings_ = settings;
    return {
        [this](const shard::search_request& request) {
          return pass<shard::search_answer>(method::search, encode(request), request.until, decode_search_answer);
        },
        [this](const shard::find_request& wanted) {
          return pass<shard::found_reference>(method::find, encode(wanted), wanted.until, decode_found);
        },
        [this](const apply_request& request) { return change(method::apply, encode(request)); },
        [this](const drop_request& request) { return change(method::drop, encode(request)); },
        [this](const status_request&) { return status(core::deadline::in(settings_.status_timeout)); },
        [this](const ready_request& request) { return status(request.until); },
        [this](peer_replied& got) { calls_.settle(got); },
    };
  }

private:
  template <class Reply, class Decode>
  caf::typed_response_promise<Reply> pass(const char* what, core::shared_bytes body, core::deadline until,
                                          Decode decode) {
    return calls_.pass<Reply>(self_, ask_, what, std::move(body), until, decode);
  }
  caf::typed_response_promise<applied> change(const char* what, core::shared_bytes body) {
    return pass<applied>(what, std::move(body), core::deadline::in(settings_.apply_timeout),
                         [](core::byte_view) { return core::result<applied>{applied{}}; });
  }
  caf::typed_response_promise<shard_status> status(core::deadline until) {
    return pass<shard_status>(method::status, std::make_shared<const core::bytes>(), until, decode_status);
  }

  remote_self::pointer self_;
  peer_ask ask_;
  remote_shard_settings settings_;
  peer_calls calls_;
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
