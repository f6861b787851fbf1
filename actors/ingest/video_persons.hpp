/// The persons of one video: which faces are whose, by tracking, and who comes back. A plain class; one thread; no
/// clock of its own: the same calls give the same answers.
#pragma once

#include "store/videos.hpp"
#include "vision/track/tracker.hpp"

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace rollcall::actors {

class video_persons {
public:
  explicit video_persons(const vision::tracker_settings& tracking) : tracker_(tracking) {}

  struct step {
    std::vector<std::optional<vision::track_id>> of_face; ///< by the index of the face; none until it is confirmed
    std::vector<vision::best_shot> shots;                 ///< to be embedded, and then learned, before what follows
    std::vector<vision::track_id> ended;                  ///< to be searched for once their shots are learned
  };
  /// Frames come in the order of their positions.
  [[nodiscard]] step look(std::chrono::milliseconds at, std::span<const vision::face> found);
  /// The video is over: whoever is in view is gone.
  [[nodiscard]] step finish(std::chrono::milliseconds at);

  /// Takes the embedding of a shot. Gives the persons that turned out to be one, where both have been told of.
  [[nodiscard]] std::optional<store::joined_persons> learn(const vision::best_shot& shot,
                                                           std::span<const float> embedding);

  /// The person of a track: from 0, in the order in which they are asked for; of one that comes back, the same.
  [[nodiscard]] std::uint32_t person_of(vision::track_id track);
  /// What to search for, of a track that has ended in the last step: float32, L2-normalised; empty where no view of it
  /// was good enough.
  [[nodiscard]] std::vector<float> probe(vision::track_id track) const { return tracker_.probe(track); }

private:
  [[nodiscard]] static step to_step(vision::tracking_step from);

  vision::tracker tracker_;
  std::map<vision::track_id, std::uint32_t> persons_;
  std::uint32_t next_ = 0;
};

} // namespace rollcall::actors
