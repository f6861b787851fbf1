/// Follows the faces of a video from frame to frame: which faces are one person's visit, which of them are worth an
/// embedding, and who comes back. It sees boxes and times, and of the crops, where faces carry them, no more than
/// `face_looks`. One per source, owned by whoever reads it; no threads, no clock of its own: the same calls give the
/// same answers.
///
/// A track:   tentative ──confirm_after frames──► confirmed ──not found──► lost ──lost_for──► ended ──remember_for──►
/// forgotten
///                │ not found: dropped, never told           ◄──found──
///
/// Sources: association in two stages, Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every Detection
/// Box", ECCV 2022; motion and assignment, Bewley et al., "Simple Online and Realtime Tracking", ICIP 2016.
#pragma once

#include "core/geometry.hpp"
#include "vision/analysis.hpp"
#include "vision/track/association.hpp"
#include "vision/track/box_motion.hpp"
#include "vision/track/shot_album.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::vision {

struct tracker_settings {
  float high_confidence = 70;               ///< 0–100; a face below never begins a track, it can only go on with one
  std::size_t confirm_after = 2;            ///< frames with the face, ≥ 1, until a track is told of
  std::chrono::milliseconds lost_for{2000}; ///< a track ends when its face was not found for longer
  std::chrono::milliseconds embed_every{1000}; ///< at most one shot of a track in this time
  std::size_t best_shots = 5;                  ///< of a track that make its probe, ≥ 1
  float same_cosine = 0.42F;                   ///< probes that are as similar show one person; by the manifest's curve
  std::chrono::milliseconds remember_for{10'000}; ///< how long an ended track waits for its person to come back
};

/// From 1, in the order in which tracks are confirmed; never used twice by one tracker.
using track_id = std::uint64_t;

/// A face that deserves an embedding: `shows` carries its crop and no embedding. Its answer goes to `tracker::learn`.
struct best_shot {
  track_id track = 0;
  std::chrono::milliseconds at{0}; ///< when it was seen: not later than the step that gives it
  face shows;
};

struct track_summary {
  track_id id = 0;
  std::chrono::milliseconds first{0}; ///< seen first and last
  std::chrono::milliseconds last{0};
  std::size_t frames = 0; ///< in which it was seen
  core::ratio_box box;    ///< where it was seen last
};

/// What a frame changed; `begun` and `ended` in the order of ids.
struct tracking_step {
  std::vector<std::optional<track_id>> of_face; ///< by the index of the face; none until its track is confirmed
  std::vector<track_summary> begun;
  std::vector<track_summary> ended;
  std::vector<best_shot> shots; ///< to be embedded now; a track's last one comes with its end
};

class tracker {
public:
  explicit tracker(const tracker_settings& settings);

  /// Takes in the faces of the frame at `at`. `at` may stay, but not go back (it then counts as staying); gaps of any
  /// length are well. A frame without faces must be told, too: tracks end by it.
  /// Cost: O(n³) of faces and tracks; 5 microseconds for 10, half a millisecond for 100. Where faces carry their crops
  /// 15 microseconds a face more, and 0.12 for each pair of a track and a face whose boxes are near.
  [[nodiscard]] tracking_step update(std::chrono::milliseconds at, std::span<const face> found);

  /// The stream is over or was cut: all tracks end now. The tracker may go on with another stretch of the same source.
  [[nodiscard]] tracking_step finish(std::chrono::milliseconds at);

  /// Takes in the embedding of a shot (float32, L2-normalised) and the quality of its face. Returns the ended track
  /// whose person this track shows again: the most similar one that had ended to be seen before this one began. Each
  /// track is told of at most once, on either side. Ids that are no longer known are ignored.
  [[nodiscard]] std::optional<track_id> learn(track_id track, std::span<const float> embedding, float quality);

  /// The probe of a track, to search for its person: the quality-weighted mean of its best shots, float32,
  /// L2-normalised. Empty before the first, and for ids that are no longer known.
  [[nodiscard]] std::vector<float> probe(track_id track) const;

private:
  /// One stay of one person in the picture. Its id is 0 until it is confirmed.
  struct visit {
    track_summary summary;
    shot_album album;
    std::chrono::milliseconds ended{0};
    bool is_continuing = false; ///< of an earlier one that `learn` has told
    bool is_continued = false;  ///< by a later one
  };

  struct followed {
    visit of;
    box_motion motion;
    face_looks looks;
    bool is_seen = true; ///< in the last frame
  };

  void advance(std::chrono::milliseconds at);
  void end_lost(std::chrono::milliseconds lost_for, tracking_step& step);
  void match(std::span<const face> found, tracking_step& step);
  [[nodiscard]] std::vector<std::optional<std::size_t>> pair(std::span<const face> found,
                                                             std::span<const sighting> seen) const;
  [[nodiscard]] followed begin(const face& found) const;
  void see(followed& track, const face& found, const face_looks& looks);
  void confirm(tracking_step& step);
  void choose_shots(tracking_step& step);
  template <class Self>
  [[nodiscard]] static auto find(Self& in, track_id track) noexcept -> decltype(in.ended_.data());
  [[nodiscard]] visit* find_earlier(const visit& than);

  tracker_settings settings_;
  std::chrono::milliseconds now_{0};
  track_id last_id_ = 0;
  std::vector<followed> tracks_; ///< confirmed ones in the order of their ids
  std::vector<visit> ended_;     ///< in the order of their ends
};

} // namespace rollcall::vision
