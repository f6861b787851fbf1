#include "actors/cluster_desk.hpp"

#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/retire.hpp"
#include "core/worker_pool.hpp"

#include <utility>

namespace rollcall::actors {

// What the CLUSTER actor's thread sends back to it.
struct view_done {
  std::uint64_t ticket = 0;
  core::result<cluster_view> outcome = core::error{};
};

struct drain_done {
  std::uint64_t ticket = 0;
  core::result<drain_begun> outcome = core::error{};
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::view_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::drain_done)

namespace rollcall::actors {

namespace {

using desk_self = cluster_actor::extend<caf::reacts_to<view_done>, caf::reacts_to<drain_done>>;

constexpr std::size_t most_waiting = 64;

core::result<cluster_view> look(store::membership& members, const cluster_desk_settings& settings) {
  cluster_view view;
  view.self = settings.self;
  view.replicas = settings.replicas;
  ROLLCALL_TRY(view.id, members.cluster_id());
  ROLLCALL_TRY(view.nodes, members.list_nodes());
  ROLLCALL_TRY(view.map, members.find_map());
  return view;
}

core::result<drain_begun> drain(store::membership& members, const drain_request& request) {
  ROLLCALL_CHECK(members.drain(request.node, request.is_drained));
  return drain_begun{};
}

class desk_state {
public:
  static constexpr const char* name = "cluster";

  explicit desk_state(desk_self::pointer self) : self_(self) {}
  ~desk_state() {
    if (pool_ && !(views_.empty() && drains_.empty()))
      retire(self_->system(), std::move(pool_));
  }

  desk_self::behavior_type start(const std::shared_ptr<store::membership>& members,
                                 const cluster_desk_settings& settings) {
    install_handlers(self_, "cluster");
    pool_ = std::make_shared<core::worker_pool>(1, most_waiting);
    return {
        [=, this](const cluster_request&) {
          return run<view_done>(views_, [members, settings] { return look(*members, settings); });
        },
        [=, this](const drain_request& request) {
          return run<drain_done>(drains_, [members, request] { return drain(*members, request); });
        },
        [this](view_done& done) { views_.settle(done.ticket, std::move(done.outcome)); },
        [this](drain_done& done) { drains_.settle(done.ticket, std::move(done.outcome)); },
    };
  }

private:
  template <class Done, class Reply, class Work>
  caf::typed_response_promise<Reply> run(reply_table<Reply>& owed, Work work) {
    auto promise = self_->template make_response_promise<Reply>();
    const auto ticket = owed.add(promise);
    auto home = caf::actor_cast<caf::actor>(self_);
    if (!pool_->post([home, ticket, work = std::move(work)](std::size_t) {
          caf::anon_send(home, Done{ticket, work()});
        }))
      owed.settle(ticket, core::fail(core::error_code::overloaded, "Too many requests about the cluster are waiting."));
    return promise;
  }

  desk_self::pointer self_;
  std::shared_ptr<core::worker_pool> pool_;
  reply_table<cluster_view> views_;
  reply_table<drain_begun> drains_;
};

desk_self::behavior_type run_desk(desk_self::stateful_pointer<desk_state> self,
                                  const std::shared_ptr<store::membership>& members,
                                  const cluster_desk_settings& settings) {
  return self->state.start(members, settings);
}

} // namespace

cluster_actor cluster_desk(caf::actor_system& system, std::shared_ptr<store::membership> members,
                           cluster_desk_settings settings) {
  return system.spawn(run_desk, std::move(members), std::move(settings));
}

} // namespace rollcall::actors
