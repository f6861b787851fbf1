#include "actors/cluster/cluster_proxies.hpp"

#include "actors/ingest/remote_ingest.hpp"
#include "actors/peers/remote_embedding.hpp"
#include "actors/peers/remote_shard.hpp"

#include <utility>

namespace rollcall::actors {

namespace {

template <class Proxies>
void end_those(Proxies& proxies) {
  for (const auto& [node, proxy] : std::exchange(proxies, {}))
    caf::anon_send_exit(proxy, caf::exit_reason::user_shutdown);
}

/// The proxy of a node, made when it is met first.
template <class Proxies, class Make>
auto proxy_of(Proxies& proxies, const std::string& node, Make make) {
  auto& proxy = proxies[node];
  if (!proxy)
    proxy = make();
  return proxy;
}

} // namespace

cluster_proxies::cluster_proxies(node_actors& own, store::node_record self, std::string model_version, asker ask)
    : own_(own), self_(std::move(self)), model_version_(std::move(model_version)), ask_(std::move(ask)) {}

std::shared_ptr<const cluster_routes> cluster_proxies::find_routes(const std::vector<store::node_record>& nodes,
                                                                   const is_met& met, const store::cluster_map& map) {
  auto routes = std::make_shared<cluster_routes>();
  if (store::has_role(self_.roles, store::node_role::shard))
    routes->shards.emplace(self_.name, own_.placed());
  for (const auto& node : nodes) {
    if (node.is_fenced)
      routes->fenced.push_back(node.name);
    if (!met(node.name))
      continue;
    if (store::has_role(node.roles, store::node_role::shard))
      routes->shards.emplace(
          node.name, proxy_of(shards_, node.name, [&] { return remote_shard(own_.system(), ask_(node.name), {}); }));
    if (store::has_role(node.roles, store::node_role::embedder))
      routes->embedders.emplace(node.name, proxy_of(embedders_, node.name, [&] {
                                  return remote_embedding(own_.system(), ask_(node.name), {model_version_});
                                }));
  }
  for (const auto& one : map.placements) {
    if (one.state == store::placement_state::loading)
      continue;
    auto& holders = routes->replicas[{one.collection, one.partition}];
    holders.insert(one.node == self_.name ? holders.begin() : holders.end(), one.node);
  }
  return routes;
}

frame_routes cluster_proxies::find_frame_routes(const std::vector<store::node_record>& nodes, const is_met& met) {
  frame_routes found;
  if (const auto own = own_.ingest())
    found.nodes.emplace(self_.name, own);
  for (const auto& node : nodes)
    if (met(node.name) && store::has_role(node.roles, store::node_role::ingest))
      found.nodes.emplace(node.name,
                          proxy_of(ingests_, node.name, [&] { return remote_ingest(own_.system(), ask_(node.name)); }));
  return found;
}

void cluster_proxies::dismiss() {
  end_those(shards_);
  end_those(embedders_);
  end_those(ingests_);
}

} // namespace rollcall::actors
