/// CLUSTER: answers what operators ask of the cluster. One per node.
#pragma once

#include "actors/interfaces.hpp"
#include "actors/storing/lease_watch.hpp"

#include <memory>
#include <string>

namespace rollcall::actors {

struct cluster_desk_settings {
  std::string self;                                                      ///< this node's name
  std::size_t replicas = 2;                                              ///< as the controllers are told
  std::chrono::milliseconds lease{3'000};                                ///< of each node
  std::shared_ptr<lease_watch> leases = std::make_shared<lease_watch>(); ///< what this process has seen of them
};

/// At most 64 requests wait, 8 of them to join; one runs at a time. An exit message ends it when what runs has ended.
[[nodiscard]] cluster_actor cluster_desk(caf::actor_system& system, std::shared_ptr<store::membership> members,
                                         cluster_desk_settings settings);

} // namespace rollcall::actors
