#include "tests/unit/vision/made_videos.hpp"
#include "vision/face_analyzer.hpp"
#include "vision/track/tracker.hpp"

#include <map>
#include <numeric>

namespace rollcall::vision {
namespace {

/// What a tracker made of a clip.
struct followed_clip {
  std::size_t frames = 0;
  std::size_t faces = 0;
  std::size_t in_tracks = 0; ///< of the faces
  std::size_t shots = 0;
  std::map<track_id, track_summary> ended;
  std::map<track_id, track_id> continued; ///< track → the earlier one of the same person
  std::map<track_id, std::vector<float>> probes;
};

float cosine(const std::vector<float>& a, const std::vector<float>& b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

/// The real pipeline over real clips, a shot embedded as soon as it is given.
class tracker_clip_test : public testing::Test {
protected:
  void SetUp() override {
    ROLLCALL_NEED(test::deps() / "models");
    ROLLCALL_NEED(test::shared_data() / "video");
    manifest_ = test::load_manifest();
    ASSERT_TRUE(manifest_);
    auto made = make_runtime(runtime_choice::automatic, {});
    ASSERT_TRUE(made);
    runtime_ = *std::move(made);
  }

  /// Follows the faces of each `every`th frame.
  followed_clip follow(const std::string& clip, std::uint64_t every) {
    auto analyzer = face_analyzer::make(manifest_, *runtime_, {});
    const auto source = open_video(test::shared_data() / "video" / clip);
    tracker follows{tracker_settings{}};
    followed_clip seen;
    for (auto frame = source->read(); frame && *frame; frame = source->read()) {
      const auto analysis =
          (*analyzer)->analyze((*frame)->image, {embed_which::nobody, quality_filter::low, false, true});
      if (!analysis) {
        ADD_FAILURE() << analysis.failure().message;
        break;
      }
      ++seen.frames;
      seen.faces += analysis->faces.size();
      take(follows.update((*frame)->position, analysis->faces), **analyzer, follows, seen);
      for (std::uint64_t i = 1; i < every; ++i)
        (void)source->advance();
    }
    take(follows.finish(std::chrono::hours{1}), **analyzer, follows, seen);
    return seen;
  }

private:
  static void take(const tracking_step& step, face_analyzer& with, tracker& follows, followed_clip& into) {
    for (const auto& each : step.of_face)
      into.in_tracks += each ? 1U : 0U;
    for (const auto& shot : step.shots) {
      ++into.shots;
      const auto embedding = with.embed(shot.shows.aligned);
      if (const auto earlier = follows.learn(shot.track, *embedding, shot.shows.quality))
        into.continued.emplace(shot.track, *earlier);
      into.probes[shot.track] = follows.probe(shot.track);
    }
    for (const auto& each : step.ended)
      into.ended.emplace(each.id, each);
  }

  std::shared_ptr<const model_manifest> manifest_;
  std::unique_ptr<runtime> runtime_;
};

TEST_F(tracker_clip_test, sees_one_man_all_through_however_he_grimaces) {
  const auto seen = follow("liveportrait_d18.mp4", 1);
  EXPECT_EQ(seen.frames, 216U);
  EXPECT_EQ(seen.faces, 216U);
  EXPECT_EQ(seen.in_tracks, 215U) << "all but the frame before the confirmation";
  ASSERT_EQ(seen.ended.size(), 1U);
  EXPECT_EQ(seen.ended.at(1).frames, 216U);
  EXPECT_LE(seen.shots, 9U) << "7 s at one a second, the first and the last";
  EXPECT_EQ(seen.probes.at(1).size(), 512U);
}

// Six to nine persons walk towards a moving camera; some pass behind others.
TEST_F(tracker_clip_test, tells_the_walkers_apart) {
  const auto seen = follow("facenet_walkers.mp4", 2);
  EXPECT_EQ(seen.frames, 53U);
  EXPECT_GT(seen.faces, 300U);
  EXPECT_GT(seen.in_tracks * 10, seen.faces * 9);
  EXPECT_LT(seen.shots * 4, seen.faces);
  EXPECT_LE(seen.ended.size(), 24U);
  std::vector<track_id> stay;
  for (const auto& [id, track] : seen.ended)
    if (track.frames > 40)
      stay.push_back(id);
  ASSERT_GE(stay.size(), 4U);
  for (std::size_t i = 1; i < stay.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      EXPECT_LT(cosine(seen.probes.at(stay[i]), seen.probes.at(stay[j])), 0.42F) << stay[i] << " and " << stay[j];
}

TEST_F(tracker_clip_test, finds_two_men_again_who_turn_away) {
  const auto seen = follow("moviepy_chaplin.mp4", 1);
  EXPECT_EQ(seen.frames, 241U);
  EXPECT_GT(seen.in_tracks * 10, seen.faces * 9);
  EXPECT_LE(seen.ended.size(), 8U);
  EXPECT_GE(seen.continued.size(), 1U);
  for (const auto& [later, earlier] : seen.continued)
    EXPECT_LT(seen.ended.at(earlier).last, seen.ended.at(later).first);
}

} // namespace
} // namespace rollcall::vision
