/// One reference over the replicas of its partition: asks one after the other until one can tell. Part of the
/// COORDINATOR's state; calls back on the thread that calls it.
#pragma once

#include "actors/interfaces.hpp"

#include <functional>
#include <vector>

namespace rollcall::actors {

using found_handler = std::function<void(core::result<shard::found_reference>)>;
/// Asks the SHARD actor with that index; calls the last argument once.
using find_asker = std::function<void(std::size_t shard, const shard::find_request& wanted, found_handler then)>;

/// Asks `replicas` in their order, each for its share of the time that is left, so that one that hangs leaves some to
/// the others. The first that has the reference answers, or that contains every acknowledged write and has it not; when
/// all were asked and have it not, there is none. Errors, to `then`: `unavailable` (one that might have it can't be
/// asked, or there are no replicas), `deadline_exceeded`.
void find_in_turn(const shard::find_request& wanted, std::vector<std::size_t> replicas, find_asker ask,
                  found_handler then);

} // namespace rollcall::actors
