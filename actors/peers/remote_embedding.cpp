#include "actors/peers/remote_embedding.hpp"

#include "actors/handlers.hpp"
#include "actors/peers/embedding_codec.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

using embedder_self = embedding_actor::extend<caf::reacts_to<peer_replied>>;

class embedder_state {
public:
  static constexpr const char* name = "remote_embedding";

  explicit embedder_state(embedder_self::pointer self) : self_(self) {}

  embedder_self::behavior_type start(peer_ask ask, remote_embedding_settings settings) {
    install_handlers(self_, "remote_embedding");
    self_->set_exit_handler([this](caf::exit_msg& why) {
      calls_.settle_all(stopping());
      self_->quit(why.reason);
    });
    ask_ = std::move(ask);
    settings_ = std::move(settings);
    return {
        [this](const analyze_request& request) {
          return calls_.pass<vision::analysis>(
              self_, ask_, method::analyze, encode(request), request.until,
              [own = settings_.model_version](core::byte_view body) { return read(body, own); });
        },
        [this](const status_request&) {
          return calls_.pass<embedding_status>(self_, ask_, method::embedding_status,
                                               std::make_shared<const core::bytes>(),
                                               core::deadline::in(settings_.status_timeout), decode_embedding_status);
        },
        [this](peer_replied& got) { calls_.settle(got); },
    };
  }

private:
  static core::result<vision::analysis> read(core::byte_view body, const std::string& own) {
    ROLLCALL_TRY(auto made, decode_analysis(body));
    if (made.model_version != own)
      return core::fail(core::error_code::model_mismatch, "An embedder runs face model " + made.model_version
                                                              + ", this node " + own + ": give both the same.");
    return made;
  }

  embedder_self::pointer self_;
  peer_ask ask_;
  remote_embedding_settings settings_;
  peer_calls calls_;
};

embedder_self::behavior_type run_remote_embedding(embedder_self::stateful_pointer<embedder_state> self,
                                                  const peer_ask& ask, const remote_embedding_settings& settings) {
  return self->state.start(ask, settings);
}

} // namespace

embedding_actor remote_embedding(caf::actor_system& system, peer_ask ask, remote_embedding_settings settings) {
  return system.spawn(run_remote_embedding, std::move(ask), std::move(settings));
}

} // namespace rollcall::actors
