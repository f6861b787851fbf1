/// What the requests about a cluster share: the view of it, and its words. Coroutines of one request.
#pragma once

#include "front/admin/routes.hpp"

#include <string_view>

namespace rollcall::front::admin {

/// Errors: `invalid_argument` on a node that is alone.
[[nodiscard]] inline core::status check_clustered(const admin_request& request) {
  if (request.context.with.parts.cluster)
    return core::nothing{};
  return core::fail(
      core::error_code::invalid_argument,
      "This node is alone: it keeps its record in SQLite. A cluster's nodes share a PostgreSQL (store.uri).");
}

/// Asks CLUSTER. Errors: those of `check_clustered`, of the actor, and of the way to it.
template <class Reply, class Message>
[[nodiscard]] asio::awaitable<core::result<Reply>> ask_cluster(admin_request& request, Message message) {
  ROLLCALL_CO_CHECK(check_clustered(request));
  auto& with = request.context.with;
  auto asking = ask<Reply>(with.via, with.parts.cluster, std::move(message), request.context.until);
  auto answered = co_await std::move(asking);
  co_return answered;
}

/// Which replicas are missing.
[[nodiscard]] inline actors::replica_tally tally_of(const actors::cluster_view& view) {
  return {view.nodes, view.map.placements, view.replicas};
}

[[nodiscard]] constexpr std::string_view to_text(store::node_state state) {
  switch (state) {
    case store::node_state::active:
      return "active";
    case store::node_state::draining:
      return "draining";
    case store::node_state::dead:
      return "dead";
  }
  return "unknown";
}

[[nodiscard]] constexpr std::string_view to_text(store::placement_state state) {
  switch (state) {
    case store::placement_state::loading:
      return "loading";
    case store::placement_state::ready:
      return "ready";
    case store::placement_state::leaving:
      return "leaving";
  }
  return "unknown";
}

} // namespace rollcall::front::admin
