/// What every implementation of the store keeps, for how long, and where it takes time and ids from.
#pragma once

#include "core/clock.hpp"
#include "core/uuid.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace rollcall::store {

/// Defaults suit a node; tests narrow them.
struct common_settings {
  std::chrono::hours token_lifetime{7 * 24};                 ///< of client tokens
  std::uint64_t tokens_kept = 100'000;                       ///< at most; the oldest go first
  std::uint64_t mutations_kept = 1'000'000;                  ///< at least, per partition, for shards that catch up
  std::shared_ptr<const core::wall_clock> clock{};           ///< null: the system's
  std::function<core::uuid()> make_uuid = core::random_uuid; ///< makes user keys; called by any thread, one at a time
};

} // namespace rollcall::store
