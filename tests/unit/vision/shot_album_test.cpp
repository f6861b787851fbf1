#include "vision/track/shot_album.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <memory>

namespace rollcall::vision {
namespace {

using std::chrono::milliseconds;

face with_crop(float quality) {
  face made;
  made.quality = quality;
  made.aligned = {112, 112, 336, std::make_shared<const std::uint8_t>(std::uint8_t{0})};
  return made;
}

shot_album make(std::size_t most = 2) {
  return {milliseconds{1000}, most};
}

TEST(shot_album, chooses_the_first_face_at_once_and_the_best_of_each_second_after) {
  auto album = make(10);
  EXPECT_FALSE(album.choose(milliseconds{0}));
  album.offer(milliseconds{40}, with_crop(20));
  EXPECT_EQ(album.choose(milliseconds{40})->shows.quality, 20);
  for (const int at : {80, 500, 1000})
    album.offer(milliseconds{at}, with_crop(at == 500 ? 60.0F : 30.0F));
  EXPECT_FALSE(album.choose(milliseconds{1000}));
  const auto chosen = album.choose(milliseconds{1040});
  ASSERT_TRUE(chosen);
  EXPECT_EQ(chosen->shows.quality, 60);
  EXPECT_EQ(chosen->at, milliseconds{500});
  album.offer(milliseconds{1080}, with_crop(10));
  EXPECT_FALSE(album.choose(milliseconds{2000}));
  EXPECT_TRUE(album.choose(milliseconds{2040}));
  EXPECT_FALSE(album.choose(milliseconds{9000})) << "nothing was shown since";
}

TEST(shot_album, once_full_chooses_only_what_is_better_than_its_worst) {
  auto album = make();
  auto is_chosen = [&album, at = milliseconds{0}](float quality) mutable {
    at += milliseconds{1000};
    album.offer(at, with_crop(quality));
    return album.choose(at).has_value();
  };
  EXPECT_TRUE(is_chosen(50));
  EXPECT_TRUE(is_chosen(30));
  EXPECT_FALSE(is_chosen(30));
  EXPECT_TRUE(is_chosen(31)); // 50, 31
  EXPECT_TRUE(is_chosen(60)); // 60, 50
  EXPECT_FALSE(is_chosen(50));
}

TEST(shot_album, looks_again_after_five_times_whatever_the_face_is_worth) {
  auto album = make(1);
  album.offer(milliseconds{0}, with_crop(50));
  ASSERT_TRUE(album.choose(milliseconds{0}));
  std::vector<int> chosen;
  for (int second = 1; second <= 12; ++second) {
    album.offer(milliseconds{1000 * second}, with_crop(20));
    if (album.choose(milliseconds{1000 * second}))
      chosen.push_back(second);
  }
  EXPECT_EQ(chosen, (std::vector{5, 10}));
}

TEST(shot_album, forgets_who_was_there_before_somebody_else) {
  auto album = make();
  for (const float quality : {90.0F, 80.0F}) {
    album.offer(milliseconds{0}, with_crop(quality));
    ASSERT_TRUE(album.choose_last());
    album.keep(std::vector<float>{1, 0}, quality);
  }
  album.keep(std::vector<float>{0.21F, 0.978F}, 10); // a bad picture of the same person is not one of the best
  EXPECT_EQ(album.mean(), (std::vector<float>{1, 0}));
  const std::vector<float> stranger{0.19F, 0.982F};
  const auto shows_stranger = [&] {
    album.keep(stranger, 10);
    return album.mean()[1] > 0.9;
  };
  EXPECT_FALSE(shows_stranger()) << "one picture of somebody else may be a mistake";
  album.keep(std::vector<float>{1, 0}, 10); // it was
  EXPECT_FALSE(shows_stranger());
  album.keep(std::vector<float>{0, -1}, 10); // a third one, like neither
  EXPECT_EQ(album.mean(), (std::vector<float>{1, 0}));
  EXPECT_FALSE(shows_stranger());
  EXPECT_TRUE(shows_stranger());
  album.offer(milliseconds{0}, with_crop(20));
  EXPECT_TRUE(album.choose_last()) << "one more of the new person is wanted, worse than those of the old";
}

TEST(shot_album, chooses_no_face_without_a_crop_or_that_the_filter_refused) {
  auto album = make();
  auto refused = with_crop(90);
  refused.reasons.push_back(quality_reason::extreme_pose);
  album.offer(milliseconds{0}, refused);
  auto bare = with_crop(90);
  bare.aligned = {};
  album.offer(milliseconds{0}, bare);
  EXPECT_FALSE(album.choose(milliseconds{0}));
  EXPECT_FALSE(album.choose_last());
}

TEST(shot_album, does_not_wait_at_the_end) {
  auto album = make();
  album.offer(milliseconds{0}, with_crop(50));
  EXPECT_TRUE(album.choose(milliseconds{0}));
  album.offer(milliseconds{10}, with_crop(40));
  EXPECT_FALSE(album.choose(milliseconds{10}));
  EXPECT_EQ(album.choose_last()->shows.quality, 40);
  EXPECT_FALSE(album.choose_last());
}

TEST(shot_album, means_its_best_embeddings_by_their_quality) {
  auto album = make();
  EXPECT_TRUE(album.mean().empty());
  album.keep(std::vector<float>{1, 0}, 30);
  EXPECT_EQ(album.mean(), (std::vector<float>{1, 0}));
  album.keep(std::vector<float>{0.6F, 0.8F}, 40); // 30 + 24 : 32
  EXPECT_NEAR(album.mean()[0], 0.8603, 1e-4);
  EXPECT_NEAR(album.mean()[1], 0.5098, 1e-4);
  album.keep(std::vector<float>{0.6F, 0.8F}, 90); // the first goes
  EXPECT_NEAR(album.mean()[1], 0.8, 1e-6);
}

TEST(shot_album, ignores_what_does_not_fit) {
  auto album = make();
  album.keep(std::vector<float>{1, 0}, 50);
  album.keep(std::vector<float>{}, 99);
  album.keep(std::vector<float>{1, 0, 0}, 99);
  EXPECT_EQ(album.mean(), (std::vector<float>{1, 0}));
}

} // namespace
} // namespace rollcall::vision
