#include "actors/cluster/cluster_desk.hpp"

#include "actors/cluster/placement_forecast.hpp"
#include "actors/handlers.hpp"
#include "actors/reply_table.hpp"
#include "actors/retire.hpp"
#include "core/worker_pool.hpp"
#include "net/curve_keys.hpp"

#include <utility>

namespace rollcall::actors {

// What the CLUSTER actor's thread sends back to it.
template <class Reply>
struct desk_done {
  std::uint64_t ticket = 0;
  core::result<Reply> outcome = core::error{};
};

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::cluster_view>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::drain_begun>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::node_removed>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::token_made>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::node_joined>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::pinned>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::cluster_figures>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::desk_done<rollcall::actors::forecast>)

namespace rollcall::actors {

namespace {

using desk_self =
    cluster_actor::extend<caf::reacts_to<desk_done<cluster_view>>, caf::reacts_to<desk_done<drain_begun>>,
                          caf::reacts_to<desk_done<node_removed>>, caf::reacts_to<desk_done<token_made>>,
                          caf::reacts_to<desk_done<node_joined>>, caf::reacts_to<desk_done<pinned>>,
                          caf::reacts_to<desk_done<cluster_figures>>, caf::reacts_to<desk_done<forecast>>>;

constexpr std::size_t most_waiting = 64;
// Of callers that are not known yet, so that they leave room for operators.
constexpr std::size_t most_joining = 8;

core::result<cluster_view> look(store::membership& members, const cluster_desk_settings& settings) {
  cluster_view view;
  view.self = settings.self;
  view.replicas = settings.replicas;
  ROLLCALL_TRY(view.id, members.cluster_id());
  ROLLCALL_TRY(view.nodes, members.list_nodes());
  ROLLCALL_TRY(view.map, members.find_map());
  ROLLCALL_TRY(view.pins, members.list_pins());
  return view;
}

core::result<drain_begun> drain(store::membership& members, const drain_request& request) {
  ROLLCALL_CHECK(members.drain(request.node, request.is_drained));
  return drain_begun{};
}

// A node that may still answer is not removed: by the store's clock and by this process's own, as a controller gives
// none up.
core::result<node_removed> remove(store::membership& members, const cluster_desk_settings& settings,
                                  const remove_request& request) {
  ROLLCALL_TRY(const auto nodes, members.list_nodes());
  const auto now = std::chrono::steady_clock::now();
  store::node_removal how{{}, settings.lease, request.is_forced};
  for (const auto& node : nodes) {
    if (node.name != request.node)
      continue;
    how.seen = node.lease;
    const auto left = settings.leases->see(node.name, node.lease, now);
    if (node.state != store::node_state::active && left.count() > 0)
      return core::fail(core::error_code::conflict, "The node " + node.name + " may answer searches for "
                                                        + std::to_string(left.count())
                                                        + " ms more: stop it, and wait for so long.");
  }
  ROLLCALL_TRY(auto left, members.remove_node(request.node, how));
  return node_removed{std::move(left)};
}

core::result<token_made> make_token(store::membership& members, const token_request& request) {
  ROLLCALL_CHECK(members.add_join_token(request.token));
  return token_made{};
}

core::result<node_joined> join(store::membership& members, const join_request& request) {
  if (!net::is_curve_key(request.public_key))
    return core::fail(core::error_code::invalid_argument,
                      "A node's public key is 40 characters of Z85, as rollcall keys node prints it.");
  ROLLCALL_CHECK(members.join(request.token, request.node, request.public_key));
  return node_joined{};
}

core::result<pinned> pin(store::membership& members, const cluster_desk_settings& settings, pin_request request) {
  auto& what = request.what;
  if (what.from.empty() && what.to.empty()) {
    ROLLCALL_TRY(const auto released, members.release_pins(what.collection, what.partition));
    return pinned{released};
  }
  what.replicas = settings.replicas;
  ROLLCALL_CHECK(members.pin(what));
  return pinned{};
}

core::result<cluster_figures> collect(store::membership& members, const cluster_desk_settings& settings) {
  ROLLCALL_TRY(auto nodes, members.list_figures());
  return cluster_figures{std::move(nodes), settings.lease};
}

core::result<forecast> look_ahead(store::membership& members, const cluster_desk_settings& settings,
                                  const forecast_request& request) {
  ROLLCALL_TRY(auto present, members.list_nodes());
  ROLLCALL_TRY(const auto nodes, imagine(std::move(present), request.nodes));
  ROLLCALL_TRY(const auto map, members.find_map());
  ROLLCALL_TRY(const auto pins, members.list_pins());
  return foresee(request.partitions, nodes, map.placements, settings.replicas, pins);
}

class desk_state {
public:
  static constexpr const char* name = "cluster";

  explicit desk_state(desk_self::pointer self) : self_(self) {}
  ~desk_state() {
    if (pool_
        && !(views_.empty() && drains_.empty() && removals_.empty() && tokens_.empty() && joins_.empty()
             && pins_.empty() && figures_.empty() && forecasts_.empty()))
      retire(self_->system(), std::move(pool_));
  }

  desk_self::behavior_type start(const std::shared_ptr<store::membership>& members,
                                 const cluster_desk_settings& settings) {
    install_handlers(self_, "cluster");
    pool_ = std::make_shared<core::worker_pool>(1, most_waiting);
    return {
        [=, this](const cluster_request&) { return run(views_, [=] { return look(*members, settings); }); },
        [=, this](const drain_request& request) { return run(drains_, [=] { return drain(*members, request); }); },
        [=, this](const remove_request& request) {
          return run(removals_, [=] { return remove(*members, settings, request); });
        },
        [=, this](const token_request& request) { return run(tokens_, [=] { return make_token(*members, request); }); },
        [=, this](const join_request& request) {
          return run(
              joins_, [=] { return join(*members, request); }, most_joining);
        },
        [=, this](const pin_request& request) { return run(pins_, [=] { return pin(*members, settings, request); }); },
        [=, this](const figures_request&) { return run(figures_, [=] { return collect(*members, settings); }); },
        [=, this](const forecast_request& request) {
          return run(forecasts_, [=] { return look_ahead(*members, settings, request); });
        },
        [this](desk_done<cluster_view>& done) { views_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<drain_begun>& done) { drains_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<node_removed>& done) { removals_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<token_made>& done) { tokens_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<node_joined>& done) { joins_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<pinned>& done) { pins_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<cluster_figures>& done) { figures_.settle(done.ticket, std::move(done.outcome)); },
        [this](desk_done<forecast>& done) { forecasts_.settle(done.ticket, std::move(done.outcome)); },
    };
  }

private:
  template <class Reply, class Work>
  caf::typed_response_promise<Reply> run(reply_table<Reply>& owed, Work work, std::size_t most = most_waiting) {
    auto promise = self_->template make_response_promise<Reply>();
    const auto ticket = owed.add(promise);
    auto home = caf::actor_cast<caf::actor>(self_);
    if (owed.size() > most || !pool_->post([home, ticket, work = std::move(work)](std::size_t) {
          caf::anon_send(home, desk_done<Reply>{ticket, work()});
        }))
      owed.settle(ticket, core::fail(core::error_code::overloaded, "Too many requests about the cluster are waiting."));
    return promise;
  }

  desk_self::pointer self_;
  std::shared_ptr<core::worker_pool> pool_;
  reply_table<cluster_view> views_;
  reply_table<drain_begun> drains_;
  reply_table<node_removed> removals_;
  reply_table<token_made> tokens_;
  reply_table<node_joined> joins_;
  reply_table<pinned> pins_;
  reply_table<cluster_figures> figures_;
  reply_table<forecast> forecasts_;
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
