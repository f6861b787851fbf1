/// The work on one video job, from its claim to its end: reads the video as fast as faces are found in it, tracks,
/// searches, and hands what it found to the store a step at a time. A plain class; one thread of its own, on which its
/// ports block.
///
///   face detection          goes on after the last step that was stored
///   face search, tracking   begin anew, since a track needs its past
#pragma once

#include "actors/ingest/feed.hpp"
#include "actors/ingest/frame_clock.hpp"
#include "actors/ingest/person_search.hpp"
#include "actors/ingest/video_persons.hpp"
#include "store/videos.hpp"
#include "vision/analysis.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace rollcall::actors {

struct video_run_settings {
  double frames_per_s = 5; ///< that are analysed, of a second of the video, at most
  vision::tracker_settings tracking;
  std::size_t frames_a_step = 50;   ///< a step is stored after so many analysed frames, or as soon as it has so many
  std::size_t results_a_step = 200; ///< results
  std::chrono::milliseconds first_pause{200}; ///< before something is tried again; doubled each time in vain
  std::chrono::milliseconds longest_pause{10'000};
  std::uint64_t most_claims = 16; ///< a video that ends each node that does it must not end all of them, for ever
};

/// How a run reaches the rest. What fails with an error that may pass is tried again until it succeeds, or the run is
/// stopped.
struct video_run_ports {
  /// Errors: those of vision::video_source::open; `invalid_s3_object`.
  std::function<core::result<std::unique_ptr<feed>>()> open;
  std::function<core::result<vision::analysis>(const vision::bgr8_image&, const vision::analyze_options&)> analyse;
  std::function<core::result<std::vector<std::vector<float>>>(const std::vector<vision::bgr8_image>& aligned)> embed;
  /// Of a face search. Errors: `not_found` (the collection is gone), `model_mismatch`.
  std::function<core::result<persons_found>(vision::track_id, const std::vector<float>& probe)> search;
  /// Of a face search: that its collection is there. Errors: `not_found`.
  std::function<core::status()> check;
  /// A face of a picture of this size as a FaceDetail in JSON.
  std::function<std::string(const vision::face&, int width_px, int height_px, bool wants_all)> describe;

  // store::video_store's, under the claim. Errors: `conflict` and `not_found` end the run, which is another's then.
  std::function<core::status(const store::video_progress&)> append;
  std::function<core::result<bool>()> rewind;
  std::function<core::status(store::video_status, const std::string& message)> finish;

  /// Waits; false when the run is to stop.
  std::function<bool(std::chrono::milliseconds)> pause;
  std::function<void()> analysed; ///< a frame was
};

/// `stopped`: the rest is for whoever claims it next. `lost`: somebody else has it.
enum class video_run_end : std::uint8_t { succeeded, failed, stopped, lost };

class video_run {
public:
  /// `job`: as it was claimed.
  video_run(store::video_job job, const video_run_settings& settings, video_run_ports ports);

  /// Does it, once. Does not throw.
  [[nodiscard]] video_run_end run();

private:
  struct frame_seen {
    std::chrono::milliseconds at{0};
    const vision::analysis& found;
  };

  core::status work();
  core::status begin();
  core::status play();
  core::status look(vision::video_frame frame);
  core::status take_detections(const frame_seen& of);
  core::status take_persons(const frame_seen& of);
  core::status learn(const std::vector<vision::best_shot>& shots);
  core::status search(const std::vector<vision::track_id>& ended);
  core::status end_persons();
  core::status store_step();
  core::status check_collection();
  [[nodiscard]] bool is_due() const;
  [[nodiscard]] bool is_stopping();
  [[nodiscard]] core::status write(core::status outcome);
  template <class Call>
  [[nodiscard]] auto persist(const Call& call) -> decltype(call());
  [[nodiscard]] video_run_end finish(store::video_status how, const std::string& message);
  [[nodiscard]] bool follows_persons() const { return job_.kind != store::video_kind::face_detection; }
  [[nodiscard]] vision::analyze_options options() const;
  [[nodiscard]] core::error explain(core::error failed) const;

  store::video_job job_;
  video_run_settings settings_;
  video_run_ports ports_;
  video_persons persons_;
  std::unique_ptr<feed> feed_;
  frame_pace pace_;
  store::video_progress step_;
  std::size_t frames_of_step_ = 0;    ///< analysed
  std::chrono::milliseconds last_{0}; ///< position of the newest frame
  bool is_stopped_ = false;
  bool is_lost_ = false;
};

} // namespace rollcall::actors
