// bench_track: how well faces are followed through a video, what that saves, and what it costs.
//
// Truth comes from videos that are made: portraits of persons move over noise (moving_faces.hpp). Real clips, given by
// --video, have none; of them it tells what was seen, and whether tracks know persons better than single faces do.

#include "bench/cameras/moving_faces.hpp"
#include "bench/cameras/track_recognition.hpp"
#include "bench/cameras/tracking_metrics.hpp"
#include "bench/face_set.hpp"
#include "bench/report.hpp"
#include "vision/capture/video_source.hpp"

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <cstdio>
#include <functional>
#include <iostream>

namespace {

using namespace rollcall;
using std::chrono::steady_clock;

struct arguments {
  std::string lfw;
  std::vector<std::string> videos;
  std::string out = "build/bench/track.json";
  std::size_t videos_made = 5;
  std::size_t every = 1;
  bench::moving_options moving;
  bench::pipeline_options pipeline;
};

/// A video that is followed: frames go in, figures come out.
class follower {
public:
  follower(vision::face_analyzer& with, std::size_t absence) : analyzer_(with), metrics_(absence) {}

  core::status see(const bench::moving_frame& frame) {
    const auto begin = steady_clock::now();
    ROLLCALL_TRY(const auto seen, analyzer_.analyze(frame.image, {vision::embed_which::nobody,
                                                                  vision::quality_filter::low, false, true}));
    const auto step = tracker_.update(frame.position, seen.faces);
    ROLLCALL_CHECK(take(step));
    busy_ += steady_clock::now() - begin;
    ++frames_;
    faces_ += seen.faces.size();
    ROLLCALL_CHECK(
        note_faces(frame.position, seen.faces, step.of_face)); // not part of the work: nobody else embeds all
    metrics_.note(frame.truth, seen.faces, step.of_face);
    return core::nothing{};
  }

  core::status finish(std::chrono::milliseconds at) { return take(tracker_.finish(at)); }

  void embeds_all(bool is_asked) { embeds_all_ = is_asked; }

  [[nodiscard]] const bench::tracking_metrics& metrics() const { return metrics_; }
  [[nodiscard]] const bench::joined_tracks& first() const { return first_; }
  [[nodiscard]] const bench::track_recognition& recognition() const { return recognition_; }
  [[nodiscard]] std::size_t tracks() const { return tracks_; }
  [[nodiscard]] std::size_t joined() const { return first_.size(); }
  [[nodiscard]] std::size_t faces() const { return faces_; }
  [[nodiscard]] double embeddings_saved() const {
    return faces_ > 0 ? 1 - static_cast<double>(shots_) / static_cast<double>(faces_) : 0;
  }
  [[nodiscard]] double frames_per_s() const {
    return static_cast<double>(frames_) / std::chrono::duration<double>{busy_}.count();
  }

private:
  core::status take(const vision::tracking_step& step) {
    tracks_ += step.begun.size();
    for (const auto& shot : step.shots) {
      ++shots_;
      ROLLCALL_TRY(const auto embedding, analyzer_.embed(shot.shows.aligned));
      if (const auto earlier = tracker_.learn(shot.track, embedding, shot.shows.quality))
        first_[shot.track] = first_.contains(*earlier) ? first_.at(*earlier) : *earlier;
    }
    return core::nothing{};
  }

  core::status note_faces(std::chrono::milliseconds at, const std::vector<vision::face>& faces,
                          const std::vector<std::optional<vision::track_id>>& of_face) {
    for (std::size_t i = 0; embeds_all_ && i < faces.size(); ++i)
      if (of_face[i] && faces[i].aligned.pixels) {
        ROLLCALL_TRY(auto embedding, analyzer_.embed(faces[i].aligned));
        recognition_.note(*of_face[i], at, faces[i].quality, std::move(embedding));
      }
    return core::nothing{};
  }

  vision::face_analyzer& analyzer_;
  vision::tracker tracker_{vision::tracker_settings{}};
  bench::tracking_metrics metrics_;
  bench::track_recognition recognition_;
  bench::joined_tracks first_;
  steady_clock::duration busy_{0};
  std::size_t frames_ = 0;
  std::size_t faces_ = 0;
  std::size_t shots_ = 0;
  std::size_t tracks_ = 0;
  bool embeds_all_ = false;
};

core::result<boost::json::object> follow_made(const arguments& given, std::uint32_t seed, vision::face_analyzer& with) {
  auto options = given.moving;
  options.seed = seed;
  ROLLCALL_TRY(const auto scene, bench::moving_faces::make(given.lfw, with, options));
  const double lost_for_s = std::chrono::duration<double>{vision::tracker_settings{}.lost_for}.count();
  follower follows{with, static_cast<std::size_t>(lost_for_s * options.frames_per_s)};
  while (const auto frame = scene->next())
    ROLLCALL_CHECK(follows.see(*frame));
  const auto& metrics = follows.metrics();
  const auto mended = metrics.mended_switches(follows.first());
  const auto known = metrics.known_returns(follows.first());
  std::printf("%4u %9zu %7zu %9zu %14.3f %4zu of %-4zu %6zu %13.3f %9.1f\n", seed, metrics.identity_switches(), mended,
              metrics.fragmentations(), metrics.mostly_tracked(), known, metrics.returns(), metrics.false_faces(),
              follows.embeddings_saved(), follows.frames_per_s());
  return boost::json::object{{"seed", seed},
                             {"identity_switches", metrics.identity_switches()},
                             {"mended_switches", mended},
                             {"fragmentations", metrics.fragmentations()},
                             {"mostly_tracked", metrics.mostly_tracked()},
                             {"returns", metrics.returns()},
                             {"known_returns", known},
                             {"false_faces", metrics.false_faces()},
                             {"faces", follows.faces()},
                             {"embeddings_saved", follows.embeddings_saved()},
                             {"frames_per_s", follows.frames_per_s()}};
}

core::result<boost::json::object> follow_clip(const arguments& given, const std::string& file,
                                              vision::face_analyzer& with, float same_cosine) {
  ROLLCALL_TRY(const auto source, vision::video_source::open("file://" + std::filesystem::absolute(file).string()));
  follower follows{with, 0};
  follows.embeds_all(true);
  for (;;) {
    ROLLCALL_TRY(auto frame, source->read());
    if (!frame)
      break;
    ROLLCALL_CHECK(follows.see({std::move(frame->image), frame->position, {}}));
    for (std::size_t i = 1; i < given.every; ++i)
      ROLLCALL_CHECK(source->advance());
  }
  ROLLCALL_CHECK(follows.finish(std::chrono::hours{24}));
  const auto known = follows.recognition().measure(same_cosine);
  const auto name = std::filesystem::path{file}.filename().string();
  std::printf("%-28s %7zu %7zu %7zu %13.3f %9.3f %9.3f of %-3zu %9.1f\n", name.c_str(), follows.faces(),
              follows.tracks(), follows.joined(), follows.embeddings_saved(), known.with_tracking,
              known.without_tracking, known.tracks, follows.frames_per_s());
  return boost::json::object{{"file", name},
                             {"faces", follows.faces()},
                             {"tracks", follows.tracks()},
                             {"joined", follows.joined()},
                             {"embeddings_saved", follows.embeddings_saved()},
                             {"recognised_with_tracking", known.with_tracking},
                             {"recognised_without_tracking", known.without_tracking},
                             {"frames_per_s", follows.frames_per_s()}};
}

core::status run(const arguments& given) {
  ROLLCALL_TRY(const auto pipeline, bench::pipeline::make(given.pipeline));
  auto report = bench::start_report("track");
  report["runtime"] = pipeline->runtime_name();
  core::status done = core::nothing{};
  pipeline->for_each(1, [&](std::size_t, vision::face_analyzer& with) {
    done = [&]() -> core::status {
      boost::json::array made;
      if (!given.lfw.empty())
        std::printf("seed  switches  mended fragments mostly_tracked      returns  false  embeds_saved  frames/s\n");
      for (std::uint32_t seed = 1; !given.lfw.empty() && seed <= given.videos_made; ++seed) {
        ROLLCALL_TRY(auto row, follow_made(given, seed, with));
        made.push_back(std::move(row));
      }
      report["made"] = std::move(made);
      boost::json::array clips;
      if (!given.videos.empty())
        std::printf("\n%-28s %7s %7s %7s %13s %9s %9s %6s %9s\n", "clip", "faces", "tracks", "joined", "embeds_saved",
                    "known", "by faces", "", "frames/s");
      for (const auto& file : given.videos) {
        ROLLCALL_TRY(auto row, follow_clip(given, file, with, pipeline->manifest().similarity.lowest_cosine(99)));
        clips.push_back(std::move(row));
      }
      report["clips"] = std::move(clips);
      return core::nothing{};
    }();
  });
  ROLLCALL_CHECK(done);
  return bench::write_report(report, given.out);
}

} // namespace

int main(int argc, char** argv) {
  CLI::App app{"Faces followed through videos."};
  arguments given;
  given.pipeline.threads = 1;
  app.add_option("--lfw", given.lfw, "folder with a folder of portraits for each person; videos are made of them");
  app.add_option("--seeds", given.videos_made, "videos to make")->capture_default_str();
  app.add_option("--persons", given.moving.persons, "persons of a made video")->capture_default_str();
  app.add_option("--frames", given.moving.frames, "frames of a made video")->capture_default_str();
  app.add_option("--fps", given.moving.frames_per_s, "frames a second of a made video")->capture_default_str();
  app.add_option("--video", given.videos, "clips to follow; may be given several times");
  app.add_option("--every", given.every, "analyse only every so many-th frame of a clip")->capture_default_str();
  app.add_option("--out", given.out, "where the JSON goes")->capture_default_str();
  app.add_option("--models", given.pipeline.manifest, "the model manifest")->capture_default_str();
  app.add_option("--deps", given.pipeline.deps, "folder with models/ and onnxruntime/");
  app.add_option("--runtime", given.pipeline.runtime, "auto, onnx or opencv")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  const auto done = run(given);
  if (!done)
    std::cerr << "bench_track: " << done.failure().message << '\n';
  return done ? 0 : 1;
}
