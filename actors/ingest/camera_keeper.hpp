/// Which cameras a node runs: decides, round after round, from what the store says. A plain class; one thread; times
/// are given to it.
#pragma once

#include "actors/ingest/claim_watch.hpp"
#include "core/clock.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
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

/// What part of the cluster's cameras is a node's.
struct ingest_share {
  double part = 1;         ///< (0, 1]: its capacity among that of all that run cameras and are not leaving
  bool is_leaving = false; ///< it is being drained
};

class camera_keeper {
public:
  explicit camera_keeper(keeper_settings settings)
      : settings_(std::move(settings)), others_(settings_.node, settings_.lease), give_pause_(2 * settings_.lease) {}

  struct plan {
    std::vector<store::stream_processor> claim; ///< free, or this node's from before it was started anew
    std::vector<core::uuid> end;                ///< run here, and are to stop
    std::vector<core::uuid> lose;               ///< run here, and are another's, or gone
    std::vector<core::uuid> give;               ///< run here, and are more than this node's share
  };
  /// `under_way`: all that are neither stopped nor failed. `held`: this node's claims, prolonged after that was read.
  ///
  /// Cameras that nobody runs are claimed up to this node's share of all, and beyond it when no other node takes them
  /// in time; those of a node that died at once. What is more than the share for a while is given back one by one; ever
  /// more slowly when it comes back.
  [[nodiscard]] plan decide(core::steady_time now, std::span<const store::stream_processor> under_way,
                            std::span<const store::processor_claim> held);

  void learn(const ingest_share& share);
  void note_running(const store::processor_claim& claim);
  void note_ended(const core::uuid& processor) { running_.erase(processor); }
  [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

private:
  /// A camera that is left to other nodes.
  struct offer {
    core::steady_time until{};
    bool is_given = false; ///< it ran here
  };

  /// `share`: cameras. `claiming`: how many are claimed already in this round.
  [[nodiscard]] bool may_claim(core::steady_time now, const store::stream_processor& one, std::size_t share,
                               std::size_t claiming);
  [[nodiscard]] std::vector<core::uuid> surplus(core::steady_time now, std::size_t share);

  keeper_settings settings_;
  ingest_share part_;
  claim_watch<core::uuid> others_;
  std::map<core::uuid, std::uint64_t> running_; ///< epoch by processor
  std::map<core::uuid, offer> offered_;
  std::optional<core::steady_time> over_share_; ///< since when
  std::chrono::milliseconds give_pause_;
};

/// When a camera that is claimed anew was last watched; none where it was not, in this run.
[[nodiscard]] std::optional<core::wall_time> last_watched(const store::stream_processor& before_claim,
                                                          std::chrono::milliseconds lease);

} // namespace rollcall::actors
