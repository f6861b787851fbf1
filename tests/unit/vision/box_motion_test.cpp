#include "vision/track/box_motion.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

/// A face of `side` that moves by `dx` and `dy` a second, as it is after `seconds`.
pixel_box moving(float side, float dx, float dy, float seconds) {
  return {500 + dx * seconds, 300 + dy * seconds, side, 1.25F * side};
}

box_motion follow(float side, float dx, float dy, int frames) {
  box_motion motion{moving(side, dx, dy, 0)};
  for (int i = 1; i < frames; ++i) {
    motion.predict(0.04, true);
    motion.correct(moving(side, dx, dy, 0.04F * static_cast<float>(i)));
  }
  return motion;
}

TEST(box_motion, stays_where_it_was_seen_once) {
  box_motion motion{{10, 20, 30, 40}};
  motion.predict(0.2, true);
  EXPECT_NEAR(motion.box().left, 10, 1e-3);
  EXPECT_NEAR(motion.box().top, 20, 1e-3);
  EXPECT_NEAR(motion.box().width, 30, 1e-3);
  EXPECT_NEAR(motion.box().height, 40, 1e-3);
}

TEST(box_motion, foresees_a_steady_walk_whatever_the_size) {
  for (const float scale : {0.2F, 1.0F, 5.0F}) {
    auto motion = follow(100 * scale, 300 * scale, -100 * scale, 15);
    motion.predict(0.04, true);
    const auto want = moving(100 * scale, 300 * scale, -100 * scale, 0.6F);
    EXPECT_NEAR(motion.box().left, want.left, 2 * scale);
    EXPECT_NEAR(motion.box().top, want.top, 2 * scale);
    EXPECT_NEAR(motion.box().height, 125 * scale, 2 * scale);
  }
}

TEST(box_motion, foresees_a_face_that_comes_nearer) {
  const auto seen = [](int frame) {
    const float side = 50 * std::pow(1.03F, static_cast<float>(frame));
    return pixel_box{400 - side / 2, 400 - side / 2, side, side};
  };
  box_motion motion{seen(0)};
  for (int i = 1; i < 20; ++i) {
    motion.predict(0.04, true);
    motion.correct(seen(i));
  }
  motion.predict(0.2, true);
  EXPECT_NEAR(motion.box().width, seen(24).width, 3);
}

TEST(box_motion, comes_to_rest_when_its_face_is_not_seen) {
  auto motion = follow(100, 400, 0, 15);
  const float last = motion.box().left;
  for (int i = 0; i < 100; ++i)
    motion.predict(0.04, false);
  EXPECT_GT(motion.box().left, last + 100);
  EXPECT_LT(motion.box().left, last + 250); // 1600 without
}

TEST(box_motion, takes_a_box_without_an_area_for_a_pixel) {
  box_motion motion{{10, 10, 0, 0}};
  motion.predict(1, true);
  motion.correct({12, 12, 0, 5});
  EXPECT_GT(motion.box().area(), 0);
}

} // namespace
} // namespace rollcall::vision
