/// INGEST of a whole cluster, for frames: the same interface, so that whoever pushes them does not know which node runs
/// the camera. Asks the INGEST that took the last frame of a channel, and where that does not run it any more, or does
/// not answer, the others; one that does not answer is asked last for a while.
#pragma once

#include "actors/interfaces.hpp"

#include <map>
#include <string>

namespace rollcall::actors {

/// From now on these run cameras, by node: this one too, where it does.
struct frame_routes {
  std::map<std::string, ingest_actor> nodes;
};

using frame_router_actor = ingest_actor::extend<caf::reacts_to<frame_routes>>;

/// Errors: those of INGEST; `not_found` where none of them runs the camera, which is believed for a second.
[[nodiscard]] frame_router_actor frame_router(caf::actor_system& system);

} // namespace rollcall::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(rollcall::actors::frame_routes)
