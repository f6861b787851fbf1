/// Whether a track knows a person better than single faces do. Without names, a clip tests itself: of each track the
/// best face of its first half is enrolled, and what its second half shows is searched for. For bench_track; one
/// thread.
#pragma once

#include "vision/track/tracker.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

namespace rollcall::bench {

/// Shares are of the tracks; 0 without any.
struct recognition_figures {
  std::size_t tracks = 0; ///< with at least 10 faces
  double with_tracking =
      0; ///< whose probe, made of the best face of each second of its second half, finds its own track
  double without_tracking = 0; ///< the same of single faces of the second half, a track's share of them
};

class track_recognition {
public:
  /// A face of the track, in the order of time. `embedding`: float32, L2-normalised, all of one length.
  void note(vision::track_id track, std::chrono::milliseconds at, float quality, std::vector<float> embedding);

  /// Found: the most similar of all that were enrolled is the track's own, by at least `same_cosine`.
  [[nodiscard]] recognition_figures measure(float same_cosine) const;

private:
  struct shown_face {
    std::chrono::milliseconds at;
    float quality;
    std::vector<float> embedding;
  };

  std::map<vision::track_id, std::vector<shown_face>> faces_;
};

} // namespace rollcall::bench
