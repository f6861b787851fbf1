/// Which cameras a node runs: decides, round after round, from what the store says. A plain class; one thread; times
/// are given to it.
#pragma once

#include "actors/ingest/claim_watch.hpp"
#include "core/clock.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rollcall::actors {

struct keeper_settings {
  std::string node; ///< its name in the cluster
  std::chrono::milliseconds lease{3'000};
  std::size_t most = 64;          ///< cameras that it runs
  std::size_t claims_a_round = 4; ///< so that nodes that start together share the cameras
};

class camera_keeper {
public:
  explicit camera_keeper(keeper_settings settings)
      : settings_(std::move(settings)), others_(settings_.node, settings_.lease) {}

  struct plan {
    std::vector<store::stream_processor> claim; ///< free, or this node's from before it was started anew
    std::vector<core::uuid> end;                ///< run here, and are to stop
    std::vector<core::uuid> lose;               ///< run here, and are another's, or gone
  };
  /// `under_way`: all that are neither stopped nor failed. `held`: this node's claims, prolonged after that was read.
  [[nodiscard]] plan decide(core::steady_time now, std::span<const store::stream_processor> under_way,
                            std::span<const store::processor_claim> held);

  void note_running(const store::processor_claim& claim) { running_[claim.processor] = claim.epoch; }
  void note_ended(const core::uuid& processor) { running_.erase(processor); }
  [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

private:
  keeper_settings settings_;
  claim_watch<core::uuid> others_;
  std::map<core::uuid, std::uint64_t> running_; ///< epoch by processor
};

/// When a camera that is claimed anew was last watched; none where it was not, in this run.
[[nodiscard]] std::optional<core::wall_time> last_watched(const store::stream_processor& before_claim,
                                                          std::chrono::milliseconds lease);

} // namespace rollcall::actors
