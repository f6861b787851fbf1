#include "actors/ingest/remote_ingest.hpp"

#include "actors/handlers.hpp"
#include "actors/peers/peer_bytes.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

constexpr std::chrono::seconds push_patience{5};

using proxy_self = ingest_actor::extend<caf::reacts_to<peer_replied>>;

class ingest_proxy {
public:
  static constexpr const char* name = "remote_ingest";

  explicit ingest_proxy(proxy_self::pointer self) : self_(self) {}

  proxy_self::behavior_type start(peer_ask ask) {
    install_handlers(self_, "remote_ingest");
    self_->set_exit_handler([this](caf::exit_msg& why) {
      calls_.settle_all(stopping());
      self_->quit(why.reason);
    });
    ask_ = std::move(ask);
    return {
        [this](const pushed_frame& frame) {
          return calls_.pass<frame_taken>(self_, ask_, method::push_frame, encode(frame),
                                          core::deadline::in(push_patience),
                                          [](core::byte_view) { return core::result<frame_taken>{frame_taken{}}; });
        },
        [this](peer_replied& got) { calls_.settle(got); },
    };
  }

private:
  proxy_self::pointer self_;
  peer_ask ask_;
  peer_calls calls_;
};

proxy_self::behavior_type run_proxy(proxy_self::stateful_pointer<ingest_proxy> self, const peer_ask& ask) {
  return self->state.start(ask);
}

} // namespace

core::shared_bytes encode(const pushed_frame& frame) {
  net::pb::pushed_frame made;
  made.set_channel(frame.channel);
  for (const auto& one : frame.collections)
    made.add_collections(one);
  made.set_picture(frame.picture->data(), frame.picture->size());
  made.set_at_ms(frame.at.time_since_epoch().count());
  return peer_bytes::to_body(made);
}

core::shared_bytes encode(const frame_taken& /*done*/) {
  return std::make_shared<const core::bytes>();
}

core::result<pushed_frame> decode_frame(core::byte_view body) {
  net::pb::pushed_frame got;
  if (!peer_bytes::parse(got, body) || got.channel().empty() || got.picture().empty())
    return peer_bytes::malformed("a frame");
  const auto& picture = got.picture();
  return pushed_frame{got.channel(),
                      {got.collections().begin(), got.collections().end()},
                      std::make_shared<const core::bytes>(picture.begin(), picture.end()),
                      core::wall_time{std::chrono::milliseconds{got.at_ms()}}};
}

ingest_actor remote_ingest(caf::actor_system& system, peer_ask ask) {
  return system.spawn(run_proxy, std::move(ask));
}

} // namespace rollcall::actors
