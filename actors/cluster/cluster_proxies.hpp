/// The proxies of other nodes' actors, and the routes that are made of them. Part of `cluster_member`; the thread of
/// its rounds.
#pragma once

#include "actors/ingest/frame_router.hpp"
#include "actors/node_actors.hpp"
#include "actors/peers/peer_calls.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::actors {

class cluster_proxies {
public:
  using asker = std::function<peer_ask(const std::string& node)>;
  using is_met = std::function<bool(const std::string& node)>; ///< whether the node is connected to

  /// `own` outlives the object until `dismiss`.
  cluster_proxies(node_actors& own, store::node_record self, std::string model_version, asker ask);

  /// Proxies are made for the nodes that were not met before.
  [[nodiscard]] std::shared_ptr<const cluster_routes> find_routes(const std::vector<store::node_record>& nodes,
                                                                  const is_met& met, const store::cluster_map& map);
  [[nodiscard]] frame_routes find_frame_routes(const std::vector<store::node_record>& nodes, const is_met& met);
  /// Ends all. Idempotent.
  void dismiss();

private:
  node_actors& own_;
  store::node_record self_;
  std::string model_version_;
  asker ask_;
  std::map<std::string, shard_actor> shards_;
  std::map<std::string, embedding_actor> embedders_;
  std::map<std::string, ingest_actor> ingests_;
};

} // namespace rollcall::actors
