/// How well tracks follow persons whose true places are known. Pure bookkeeping; one thread.
///
/// Source: identity switches, fragmentations and mostly tracked as in Bernardin and Stiefelhagen, "Evaluating Multiple
/// Object Tracking Performance: The CLEAR MOT Metrics", 2008, and Li et al., "Learning to Associate", CVPR 2009.
#pragma once

#include "bench/cameras/moving_faces.hpp"
#include "vision/track/tracker.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::bench {

/// Track → the first one of the same person, of those that the tracker has joined by their embeddings.
using joined_tracks = std::map<vision::track_id, vision::track_id>;

class tracking_metrics {
public:
  /// Who cannot be seen for more than `absence` frames has been away; what follows is a return.
  explicit tracking_metrics(std::size_t absence) : absence_(absence) {}

  /// One frame: who can be seen where, the faces that were found, and their tracks.
  void note(std::span<const true_face> truth, std::span<const vision::face> found,
            std::span<const std::optional<vision::track_id>> of_face);

  /// Times that a person's track became another one without an absence.
  [[nodiscard]] std::size_t identity_switches() const noexcept { return switches_.size(); }
  /// Those that the tracker has mended by joining both tracks.
  [[nodiscard]] std::size_t mended_switches(const joined_tracks& joined) const;
  /// Times that a person who could be seen was lost and found again.
  [[nodiscard]] std::size_t fragmentations() const noexcept { return fragmentations_; }
  /// The share of persons who had a track in at least 80 % of the frames in which they could be seen; 0 without any.
  [[nodiscard]] double mostly_tracked() const;
  /// Times that a person came back from an absence, and those of them whose track the tracker has joined with the one
  /// from before.
  [[nodiscard]] std::size_t returns() const noexcept { return returns_.size(); }
  [[nodiscard]] std::size_t known_returns(const joined_tracks& joined) const;
  /// Faces in tracks that are nobody's.
  [[nodiscard]] std::size_t false_faces() const noexcept { return false_faces_; }

private:
  struct change {
    vision::track_id from, to;
  };

  struct followed {
    std::size_t visible = 0; ///< frames
    std::size_t tracked = 0;
    std::optional<vision::track_id> last;
    std::size_t last_visible = 0; ///< frame
    bool is_lost = false;         ///< could be seen without a track since it had the last one
    bool was_away = false;        ///< since it had the last one
  };

  void note_person(followed& person, std::optional<vision::track_id> track);

  std::size_t absence_;
  std::size_t frames_ = 0;

  std::map<std::size_t, followed> persons_;
  std::vector<change> switches_;
  std::vector<change> returns_;
  std::size_t fragmentations_ = 0;
  std::size_t false_faces_ = 0;
};

} // namespace rollcall::bench
