/// What one camera's frames mean: who came, who it is, who went. Joins tracking and recognition and makes the events of
/// both. A plain class; one thread; times are given to it.
#pragma once

#include "actors/ingest/recogniser.hpp"
#include "store/records.hpp"
#include "vision/analysis.hpp"
#include "vision/track/tracker.hpp"
#include "wire/events.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rollcall::actors {

/// When a frame was seen.
struct frame_time {
  std::chrono::milliseconds position{0};
  core::wall_time at{};
};

/// A good view of a person, to be embedded.
struct shot_to_embed {
  vision::best_shot shot;
  frame_time seen;
};

class camera_watch {
public:
  /// `of`: as it was claimed by this node; events carry its name, run and epoch.
  camera_watch(store::stream_processor of, const vision::tracker_settings& tracking, std::size_t confirmations);

  /// What an analysed frame brings: events, and views to embed. Frames come in the order of their positions.
  struct step {
    std::vector<wire::event> events;
    std::vector<shot_to_embed> shots;
  };
  [[nodiscard]] step look(const frame_time& seen, const vision::analysis& found);

  /// Takes the embedding of a view; gives what to search for: the mean of the track's best views, L2-normalised.
  [[nodiscard]] std::vector<float> learn(const shot_to_embed& view, std::vector<float> embedding);
  /// Takes what a search for a view's track found, at or above the camera's threshold, most similar first.
  [[nodiscard]] std::vector<wire::event> decide(const shot_to_embed& view, std::vector<wire::event_candidate> found);
  /// The stream was cut or is over: whoever is in view is gone.
  [[nodiscard]] step finish(core::wall_time at);

  /// An event of the camera itself.
  [[nodiscard]] wire::event tell(wire::event_kind kind, core::wall_time at, std::string message = {});

private:
  [[nodiscard]] wire::event make(wire::event_kind kind, const frame_time& seen);
  [[nodiscard]] wire::event make_end(const vision::track_summary& of, const frame_time& seen);
  [[nodiscard]] step take(vision::tracking_step tracked, const frame_time& seen);
  void forget_old(vision::track_id ended);

  store::stream_processor of_;
  vision::tracker tracker_;
  recogniser recogniser_;
  std::map<vision::track_id, vision::track_id> continues_; ///< earlier track by later, until it is told
  std::deque<vision::track_id> ended_;                     ///< whose last views may still be searched for
  std::chrono::milliseconds position_{0};                  ///< of the newest frame
  std::uint64_t told_ = 0;
};

/// As the store keeps it.
[[nodiscard]] store::event_record to_record(const wire::event& from, const core::uuid& processor);

} // namespace rollcall::actors
