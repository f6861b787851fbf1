/// Who is in view of a video that is watched: follows faces from frame to frame, remembers who they are, and when each
/// was seen. No node, no pixels: the command asks and draws. One thread.
#pragma once

#include "vision/draw.hpp"
#include "vision/track/tracker.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rollcall::cli {

class watched_people {
public:
  using milliseconds = std::chrono::milliseconds;

  struct person {
    vision::track_id track = 0;
    vision::pixel_box box; ///< where it is seen now
    std::string name;      ///< empty: not known
    double similarity = 0;
    bool is_to_search = false; ///< nobody has looked who it is, or not for a while
  };
  enum class happening : std::uint8_t { began, recognised, ended };
  /// To be told.
  struct news {
    milliseconds at{0};
    happening what = happening::began;
    vision::track_id track = 0;
    std::string name;        ///< empty: not known
    double similarity = 0;   ///< of one who is known
    milliseconds in_view{0}; ///< of one that ended
  };

  watched_people();

  /// Takes in the faces of a frame; gives those that are in view, by track.
  [[nodiscard]] std::vector<person> look(milliseconds at, const std::vector<vision::face>& found);
  /// Somebody looked: who it is, or nobody (an empty name).
  void note_search(vision::track_id track, milliseconds at, const std::string& name, double similarity);
  /// The video is over.
  void finish(milliseconds at);

  [[nodiscard]] std::vector<news> take_news();
  /// One row for each who is known, then one for all others; empty when nobody was seen.
  [[nodiscard]] std::vector<vision::timeline_row> timeline() const;
  [[nodiscard]] std::size_t tracks() const noexcept { return visits_.size(); }
  [[nodiscard]] std::size_t recognised() const;

private:
  struct visit {
    milliseconds first{0};
    milliseconds last{0};
    std::string name;
    double similarity = 0;
    milliseconds searched{-1'000'000};
  };
  void end(const std::vector<vision::track_summary>& ended, milliseconds at);

  vision::tracker tracker_;
  std::map<vision::track_id, visit> visits_;
  std::vector<news> news_;
};

/// As people read it: "track 3 is anna (99.80)".
[[nodiscard]] std::string text_of(const watched_people::news& told);
/// As programs do, in the words of cameras' events: {"PositionMillis", "Kind", "Track", "Name"?, "Similarity"?,
/// "InViewMillis"?}.
[[nodiscard]] boost::json::object to_json(const watched_people::news& told);

/// The label of a person: "3", or "3 anna 99.8".
[[nodiscard]] vision::labelled_box label(const watched_people::person& of);

/// Boxes on the way from one look to the next, `share` of it (0–1) gone; a person who is in one of them alone stays
/// where it is for half of the way.
[[nodiscard]] std::vector<vision::labelled_box> between(const std::vector<watched_people::person>& before,
                                                        const std::vector<watched_people::person>& after, double share);

} // namespace rollcall::cli
