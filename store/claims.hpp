/// How nodes claim work that only one of them may do at a time: stream processors and video jobs. What is claimed has
/// an `epoch` (how often it was claimed; only the last claim may write for it), a `node` (of the last claim) and
/// `claimed_until` (by the store's clock). Pure functions.
#pragma once

#include "core/clock.hpp"

#include <chrono>
#include <string_view>

namespace rollcall::store {

/// Whether another node's claim has not run out.
template <class Work>
[[nodiscard]] bool is_claimed_by_another(const Work& of, std::string_view node, core::wall_time now) {
  return !of.node.empty() && of.node != node && of.claimed_until > now;
}

template <class Work>
void take_claim(Work& of, std::string_view node, core::wall_time until) {
  ++of.epoch;
  of.node = node;
  of.claimed_until = until;
}

} // namespace rollcall::store
