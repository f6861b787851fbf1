#include "vision/track/tracker.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <random>
#include <set>

namespace rollcall::vision {
namespace {

using std::chrono::milliseconds;

face make_face(float centre_x, float centre_y, float side = 100, float confidence = 95, float quality = 50) {
  face made;
  made.box = {centre_x - side / 2, centre_y - side / 2, side, side};
  made.box_ratio = {made.box.left / 1920, made.box.top / 1080, side / 1920, side / 1080};
  made.confidence = confidence;
  made.quality = quality;
  made.aligned = {1, 1, 1, std::make_shared<const std::uint8_t>(std::uint8_t{0})}; // too small for looks
  return made;
}

/// The same with a crop of colours of its own for each person, a little different each time.
face make_face_of(unsigned person, float centre_x, float centre_y) {
  static std::mt19937 noise{7};
  std::mt19937 colours{person};
  std::shared_ptr<std::uint8_t[]> pixels(new std::uint8_t[112 * 112 * 3]);
  for (std::size_t row = 0; row < 112; row += 14)
    for (std::size_t cell = 0; cell < 8 * 3; ++cell) {
      const auto colour = static_cast<std::uint8_t>(20 + colours() % 200);
      for (std::size_t y = row; y < row + 14; ++y)
        for (std::size_t x = 0; x < 14; ++x)
          pixels[y * 336 + (cell / 3 * 14 + x) * 3 + cell % 3] = static_cast<std::uint8_t>(colour + noise() % 30);
    }
  auto made = make_face(centre_x, centre_y);
  made.aligned = {112, 112, 336, {pixels, pixels.get()}};
  return made;
}

/// A tracker and the time of its video, 25 frames a second.
class watcher {
public:
  explicit watcher(const tracker_settings& settings = {}) : follows_(settings) {}

  tracking_step see(const std::vector<face>& faces) {
    auto step = follows_.update(at_, faces);
    at_ += milliseconds{40};
    return step;
  }

  tracking_step see_often(const std::vector<face>& faces, int times) {
    for (int i = 1; i < times; ++i)
      (void)see(faces);
    return see(faces);
  }

  /// Frames without a face until the track of the last one has ended; how it ended.
  std::vector<track_summary> wait_for_end() {
    for (int i = 0; i < 100; ++i)
      if (auto step = see({}); !step.ended.empty())
        return step.ended;
    return {};
  }

  tracker& follows() { return follows_; }
  [[nodiscard]] milliseconds at() const { return at_; }

private:
  tracker follows_;
  milliseconds at_{0};
};

TEST(tracker, tells_of_a_track_when_its_face_was_seen_twice) {
  watcher watch;
  const auto first = watch.see({make_face(300, 300)});
  ASSERT_EQ(first.of_face.size(), 1U);
  EXPECT_FALSE(first.of_face[0]);
  EXPECT_TRUE(first.begun.empty() && first.shots.empty());
  const auto second = watch.see({make_face(305, 300)});
  EXPECT_EQ(second.of_face[0], 1U);
  ASSERT_EQ(second.begun.size(), 1U);
  EXPECT_EQ(second.begun[0].id, 1U);
  EXPECT_EQ(second.begun[0].first, milliseconds{0});
  EXPECT_EQ(second.begun[0].last, milliseconds{40});
  EXPECT_EQ(second.begun[0].frames, 2U);
  EXPECT_EQ(second.begun[0].box, make_face(305, 300).box_ratio);
  ASSERT_EQ(second.shots.size(), 1U) << "the first shot comes with the confirmation";
  EXPECT_EQ(second.shots[0].track, 1U);
  EXPECT_TRUE(second.shots[0].shows.aligned.pixels);
}

TEST(tracker, may_be_told_to_trust_the_first_frame) {
  tracker_settings settings;
  settings.confirm_after = 1;
  watcher watch{settings};
  const auto step = watch.see({make_face(300, 300), make_face(900, 300)});
  EXPECT_EQ(step.of_face[0], 1U);
  EXPECT_EQ(step.of_face[1], 2U);
  EXPECT_EQ(step.begun.size(), 2U);
}

TEST(tracker, never_tells_of_a_false_find_of_one_frame) {
  watcher watch;
  (void)watch.see({make_face(300, 300)});
  for (int i = 0; i < 80; ++i) {
    const auto step = watch.see({});
    EXPECT_TRUE(step.begun.empty() && step.ended.empty() && step.shots.empty());
  }
  EXPECT_TRUE(watch.follows().finish(watch.at()).ended.empty());
}

TEST(tracker, keeps_its_track_through_a_gap_and_ends_it_after_a_long_one) {
  watcher watch;
  for (int i = 0; i < 20; ++i)
    (void)watch.see({make_face(300 + 8.0F * static_cast<float>(i), 300)});
  for (int i = 20; i < 30; ++i)
    (void)watch.see({});
  EXPECT_EQ(watch.see({make_face(520, 300)}).of_face[0], 1U);
  const auto last = watch.at() - milliseconds{40};
  const auto ended = watch.wait_for_end();
  ASSERT_EQ(ended.size(), 1U);
  EXPECT_EQ(ended[0].id, 1U);
  EXPECT_EQ(ended[0].frames, 21U);
  EXPECT_EQ(ended[0].last, last);
  EXPECT_EQ(watch.at() - milliseconds{40} - last, milliseconds{2040}) << "the first frame after lost_for";
}

TEST(tracker, ends_everything_when_the_video_pauses_for_hours) {
  watcher watch;
  (void)watch.see_often({make_face(300, 300)}, 5);
  const std::vector<face> same{make_face(300, 300)};
  const auto step = watch.follows().update(std::chrono::hours{5}, same);
  ASSERT_EQ(step.ended.size(), 1U);
  EXPECT_FALSE(step.of_face[0]) << "a new one, not yet confirmed";
}

TEST(tracker, goes_on_with_an_unsure_face_but_begins_nothing_with_it) {
  watcher watch;
  EXPECT_TRUE(watch.see_often({make_face(300, 300, 100, 50)}, 10).begun.empty());
  (void)watch.see_often({make_face(300, 300)}, 3);
  const auto step = watch.see_often({make_face(300, 300, 100, 40)}, 100);
  EXPECT_EQ(step.of_face[0], 1U);
  EXPECT_TRUE(step.ended.empty());
  EXPECT_FALSE(watch.see({make_face(360, 300, 100, 40)}).of_face[0]) << "far for an unsure one";
}

TEST(tracker, prefers_sure_faces_to_nearer_unsure_ones) {
  watcher watch;
  (void)watch.see_often({make_face(300, 300)}, 5);
  const auto step = watch.see({make_face(300, 300, 100, 40), make_face(330, 300)});
  EXPECT_FALSE(step.of_face[0]);
  EXPECT_EQ(step.of_face[1], 1U);
}

/// Two persons who pass each other at `speed` pixels a frame, `apart` pixels below each other.
void expect_ids_kept_in_crossing(float speed, float apart, int hidden_frames) {
  watcher watch;
  std::optional<track_id> left;
  std::optional<track_id> right;
  const int frames = static_cast<int>(1400 / speed);
  for (int i = 0; i < frames; ++i) {
    const float way = speed * static_cast<float>(i);
    std::vector<face> faces{make_face(250 + way, 500)};
    if (std::abs(2 * i - frames) > hidden_frames) // the one behind is covered in the middle
      faces.push_back(make_face(1650 - way, 500 + apart));
    const auto step = watch.see(faces);
    if (i == 5) {
      left = step.of_face[0];
      right = step.of_face[1];
    }
    if (i < 5)
      continue;
    EXPECT_EQ(step.of_face[0], left) << "frame " << i;
    if (faces.size() == 2) {
      EXPECT_EQ(step.of_face[1], right) << "frame " << i;
    }
  }
  EXPECT_NE(left, right);
}

TEST(tracker, tells_persons_apart_who_pass_each_other) {
  for (const float speed : {4.0F, 10.0F, 25.0F})
    for (const float apart : {0.0F, 40.0F, 120.0F})
      expect_ids_kept_in_crossing(speed, apart, -1);
}

TEST(tracker, finds_the_hidden_one_again_behind_the_other) {
  for (const float speed : {6.0F, 12.0F})
    expect_ids_kept_in_crossing(speed, 25, 8);
}

TEST(tracker, stays_with_the_one_in_front_and_knows_the_one_behind_where_he_comes_out) {
  watcher watch;
  const auto begin = watch.see_often({make_face_of(1, 500, 500), make_face_of(2, 900, 500)}, 10);
  ASSERT_EQ(begin.begun.size() + begin.of_face.size(), 2U);
  // The first steps in front of the second, who moves on behind him and comes out at the other side.
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(watch.see({make_face_of(1, 500 + 20.0F * static_cast<float>(i), 500)}).of_face[0], 1U);
  const auto after = watch.see({make_face_of(1, 900, 500), make_face_of(2, 1'120, 520)});
  EXPECT_EQ(after.of_face[0], 1U);
  EXPECT_EQ(after.of_face[1], 2U);
  EXPECT_TRUE(watch.see({make_face_of(1, 900, 500), make_face_of(2, 1'120, 520)}).begun.empty());
}

TEST(tracker, takes_nobody_for_another_who_comes_near_where_he_was) {
  watcher watch;
  (void)watch.see_often({make_face_of(1, 500, 500)}, 10);
  (void)watch.see({});
  EXPECT_FALSE(watch.see({make_face_of(2, 590, 500)}).of_face[0]);
  EXPECT_EQ(watch.see({make_face_of(1, 500, 500), make_face_of(2, 590, 500)}).of_face[0], 1U);
}

TEST(tracker, does_not_look_for_anybody_far_away) {
  watcher watch;
  (void)watch.see_often({make_face_of(1, 300, 300)}, 10);
  (void)watch.see({});
  EXPECT_FALSE(watch.see({make_face_of(1, 1'500, 300)}).of_face[0]);
}

/// Someone who walks on a lane of his own, turns back at the picture's edge, and is overlooked now and then.
struct walker {
  float x, y, side, speed;
  track_id id = 0;

  face step(std::mt19937& random) {
    std::normal_distribution<float> jitter{0, 0.03F};
    x += speed;
    if (x < 100 || x > 1820)
      speed = -speed;
    const float confidence = random() % 10 == 0 ? 55.0F : 95.0F;
    return make_face(x + side * jitter(random), y + side * jitter(random), side * (1 + jitter(random)), confidence);
  }
};

TEST(tracker, leaves_each_id_with_its_person_whatever_the_noise) {
  for (unsigned seed = 0; seed < 60; ++seed) {
    std::mt19937 random{seed};
    watcher watch;
    std::vector<walker> walkers;
    for (int lane = 0; lane < 6; ++lane) {
      std::uniform_real_distribution<float> any{0, 1};
      walkers.push_back({200 + 1500 * any(random), 100 + 170.0F * static_cast<float>(lane), 60 + 60 * any(random),
                         (any(random) - 0.5F) * 24});
    }
    std::size_t begun = 0;
    for (int frame = 0; frame < 250; ++frame) {
      std::vector<face> faces;
      std::vector<walker*> whose;
      for (auto& each : walkers) {
        auto shows = each.step(random);
        if (random() % 12 == 0)
          continue;
        faces.push_back(std::move(shows));
        whose.push_back(&each);
      }
      const auto step = watch.see(faces);
      begun += step.begun.size();
      for (std::size_t i = 0; i < faces.size(); ++i)
        if (step.of_face[i]) {
          if (whose[i]->id == 0)
            whose[i]->id = *step.of_face[i];
          ASSERT_EQ(*step.of_face[i], whose[i]->id) << "seed " << seed << ", frame " << frame;
        }
    }
    EXPECT_EQ(begun, walkers.size()) << "seed " << seed;
  }
}

/// Faces that appear anywhere, at any time: every rule of the steps must hold all the same.
TEST(tracker, keeps_its_books_in_any_chaos) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random{seed};
    tracker_settings settings;
    settings.lost_for = milliseconds{100};
    watcher watch{settings};
    std::map<track_id, track_summary> open;
    std::set<track_id> used;
    const auto note = [&](const tracking_step& step) {
      for (const auto& each : step.begun) {
        EXPECT_TRUE(used.insert(each.id).second);
        EXPECT_EQ(each.id, used.size());
        open.emplace(each.id, each);
      }
      std::set<track_id> seen;
      for (const auto& each : step.of_face)
        if (each) {
          EXPECT_TRUE(open.contains(*each) && seen.insert(*each).second) << "seed " << seed;
        }
      for (const auto& each : step.ended) {
        EXPECT_EQ(open.erase(each.id), 1U);
        EXPECT_LE(each.first, each.last);
        EXPECT_GE(each.frames, 2U);
      }
      for (const auto& each : step.shots)
        EXPECT_TRUE(used.contains(each.track));
    };
    for (int frame = 0; frame < 300; ++frame) {
      std::vector<face> faces(random() % 8);
      for (auto& each : faces)
        each = make_face(static_cast<float>(random() % 900), static_cast<float>(random() % 500),
                         static_cast<float>(random() % 300), static_cast<float>(random() % 100));
      note(watch.see(faces));
    }
    note(watch.follows().finish(watch.at()));
    EXPECT_TRUE(open.empty());
    EXPECT_GT(used.size(), 5U);
  }
}

TEST(tracker, ends_all_tracks_at_the_finish_and_gives_what_was_kept_back) {
  watcher watch;
  (void)watch.see_often({make_face(300, 300), make_face(900, 300)}, 5);
  (void)watch.see({make_face(300, 300), make_face(900, 300, 100, 95, 80)});
  const auto over = watch.follows().finish(watch.at());
  ASSERT_EQ(over.ended.size(), 2U);
  EXPECT_EQ(over.ended[0].id, 1U);
  EXPECT_EQ(over.ended[1].id, 2U);
  ASSERT_EQ(over.shots.size(), 2U) << "the second shot of each would have been due a second later";
  EXPECT_EQ(over.shots[1].shows.quality, 80);
  EXPECT_TRUE(watch.follows().finish(watch.at()).ended.empty());
  EXPECT_EQ(watch.see_often({make_face(300, 300)}, 2).of_face[0], 3U) << "the next stretch has ids of its own";
}

TEST(tracker, takes_time_that_goes_back_for_time_that_stands) {
  tracker follows{tracker_settings{}};
  const std::vector<face> faces{make_face(300, 300)};
  (void)follows.update(milliseconds{1000}, faces);
  (void)follows.update(milliseconds{500}, faces);
  EXPECT_EQ(follows.update(milliseconds{1000}, faces).of_face[0], 1U);
  EXPECT_EQ(follows.finish(milliseconds{0}).ended.front().last, milliseconds{1000});
}

TEST(tracker, asks_for_few_embeddings_of_a_long_stay) {
  watcher watch;
  std::size_t shots = 0;
  std::mt19937 random{3};
  for (int i = 0; i < 25 * 60; ++i)
    shots += watch.see({make_face(300, 300, 100, 95, static_cast<float>(random() % 90))}).shots.size();
  EXPECT_GE(shots, 5U);
  EXPECT_LE(shots, 30U); // of 1500 faces
}

/// Someone comes, is learned as `embedding`, and leaves. Returns what the first learning told.
std::optional<track_id> visit(watcher& watch, track_id as, const std::vector<float>& embedding, float x = 300) {
  const auto step = watch.see_often({make_face(x, 300)}, 2);
  EXPECT_EQ(step.of_face[0], as);
  const auto told = watch.follows().learn(as, embedding, 50);
  EXPECT_FALSE(watch.follows().learn(as, embedding, 50)) << "told once";
  EXPECT_EQ(watch.wait_for_end().size(), 1U);
  return told;
}

TEST(tracker, knows_who_comes_back) {
  watcher watch;
  EXPECT_FALSE(visit(watch, 1, {1, 0, 0}));
  EXPECT_FALSE(visit(watch, 2, {0, 1, 0}));
  EXPECT_EQ(visit(watch, 3, {0.9F, 0.1F, 0.4F}), 1U);
  EXPECT_EQ(visit(watch, 4, {0.9F, 0.1F, 0.4F}), 3U) << "the first one is continued already";
}

TEST(tracker, forgets_who_was_away_for_long) {
  watcher watch;
  EXPECT_FALSE(visit(watch, 1, {1, 0}));
  EXPECT_FALSE(watch.follows().probe(1).empty());
  (void)watch.see_often({}, 252);
  EXPECT_TRUE(watch.follows().probe(1).empty());
  EXPECT_FALSE(visit(watch, 2, {1, 0}));
}

TEST(tracker, takes_nobody_for_one_who_is_still_there) {
  watcher watch;
  (void)watch.see_often({make_face(300, 300), make_face(900, 300)}, 2);
  EXPECT_FALSE(watch.follows().learn(1, std::vector<float>{1, 0}, 50));
  EXPECT_FALSE(watch.follows().learn(2, std::vector<float>{1, 0}, 50));
  (void)watch.see_often({make_face(900, 300)}, 60); // the first has ended, but was there when the second began
  EXPECT_FALSE(watch.follows().learn(2, std::vector<float>{1, 0}, 50));
}

TEST(tracker, has_a_probe_of_unit_length_once_it_has_learned) {
  watcher watch;
  (void)watch.see_often({make_face(300, 300)}, 2);
  EXPECT_TRUE(watch.follows().probe(1).empty());
  (void)watch.follows().learn(1, std::vector<float>{1, 0}, 60);
  (void)watch.follows().learn(1, std::vector<float>{0.28F, 0.96F}, 75); // 60 + 21 : 72
  EXPECT_NEAR(watch.follows().probe(1)[0], 0.7474, 1e-4);
  EXPECT_NEAR(watch.follows().probe(1)[1], 0.6644, 1e-4);
  EXPECT_TRUE(watch.follows().probe(0).empty() && watch.follows().probe(7).empty());
  EXPECT_FALSE(watch.follows().learn(7, std::vector<float>{1, 0}, 60));
}

} // namespace
} // namespace rollcall::vision
