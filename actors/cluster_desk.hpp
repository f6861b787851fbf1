/// CLUSTER: answers what operators ask of the cluster. One per node.
#pragma once

#include "actors/interfaces.hpp"

#include <memory>
#include <string>

namespace rollcall::actors {

struct cluster_desk_settings {
  std::string self;         ///< this node's name
  std::size_t replicas = 2; ///< as the controllers are told
};

/// At most 64 requests wait; one runs at a time. An exit message ends it when what runs has ended.
[[nodiscard]] cluster_actor cluster_desk(caf::actor_system& system, std::shared_ptr<store::membership> members,
                                         cluster_desk_settings settings);

} // namespace rollcall::actors
