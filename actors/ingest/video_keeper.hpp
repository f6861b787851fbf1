/// Which video jobs a node does: decides, round after round, from what the store says. A plain class; one thread; times
/// are given to it.
#pragma once

#include "actors/ingest/claim_watch.hpp"
#include "store/videos.hpp"

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace rollcall::actors {

class video_keeper {
public:
  /// `at_once`: jobs that the node does at the same time.
  video_keeper(const std::string& node, std::chrono::milliseconds lease, std::size_t at_once)
      : others_(node, lease), at_once_(at_once) {}

  struct plan {
    std::vector<std::string> claim; ///< free, or this node's from before it was started anew
    std::vector<std::string> lose;  ///< done here, and another's or over
  };
  /// `open`: all that are in progress, in the order in which they are to be done. `held`: this node's claims, prolonged
  /// after that was read.
  [[nodiscard]] plan decide(core::steady_time now, std::span<const store::video_job> open,
                            std::span<const store::video_claim> held);

  void note_running(const store::video_claim& claim) { running_[claim.id] = claim.epoch; }
  void note_ended(const std::string& id) { running_.erase(id); }

private:
  claim_watch<std::string> others_;
  std::size_t at_once_;
  std::map<std::string, std::uint64_t> running_; ///< epoch by id
};

} // namespace rollcall::actors
