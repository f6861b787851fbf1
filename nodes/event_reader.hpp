/// Reads events through STORE, for a thread that may block.
#pragma once

#include "actors/node_actors.hpp"
#include "nodes/webhook.hpp"

namespace rollcall::nodes {

/// What a webhook reads by. `actors` outlives it.
[[nodiscard]] webhook::reader read_events_by(actors::node_actors& actors);

} // namespace rollcall::nodes
