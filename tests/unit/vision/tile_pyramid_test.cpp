#include "vision/tile_pyramid.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

std::size_t mandatory_runs(int width, int height, const pyramid_goal& goal) {
  std::size_t runs = 0;
  for (const auto& level : plan_levels(width, height, goal))
    if (level.is_mandatory)
      runs += plan_tiles(static_cast<int>(static_cast<float>(width) * level.scale),
                         static_cast<int>(static_cast<float>(height) * level.scale), goal)
                  .size();
  return runs;
}

TEST(plan_levels, looks_once_at_a_640_by_480_picture) {
  const auto levels = plan_levels(640, 480, {});
  EXPECT_FLOAT_EQ(levels.front().scale, 0.5F);
  EXPECT_EQ(mandatory_runs(640, 480, {}), 1U);
}

TEST(plan_levels, reaches_the_smallest_face_of_any_picture) {
  const pyramid_goal goal;
  for (const auto& [width, height] : {std::pair{1920, 1080}, {1080, 1920}, {4000, 3000}, {8000, 400}, {80, 80}}) {
    float finest = 0;
    for (const auto& level : plan_levels(width, height, goal))
      if (level.is_mandatory)
        finest = std::max(finest, level.scale);
    const float shown = finest * smallest_face_px(width, height, goal.min_face_px);
    EXPECT_GE(shown * 1.31F, goal.min_side_px) << width << " x " << height;
  }
}

TEST(plan_levels, goes_from_coarse_to_fine_in_bounded_steps) {
  for (const float face : {10.0F, 20.0F, 40.0F}) {
    pyramid_goal goal;
    goal.min_face_px = face;
    const auto levels = plan_levels(3000, 2000, goal);
    for (std::size_t i = 1; i < levels.size(); ++i) {
      EXPECT_GT(levels[i].scale, levels[i - 1].scale);
      EXPECT_LE(levels[i].scale, 2.51F * levels[i - 1].scale);
    }
  }
}

TEST(plan_levels, bounds_the_runs_of_a_huge_picture) {
  EXPECT_LE(mandatory_runs(10'000, 5'000, {}), 12U);
}

TEST(smallest_face, rises_with_pictures_larger_than_full_hd) {
  EXPECT_FLOAT_EQ(smallest_face_px(640, 480, 40), 40);
  EXPECT_FLOAT_EQ(smallest_face_px(1920, 1080, 40), 40);
  EXPECT_FLOAT_EQ(smallest_face_px(3840, 2160, 40), 80);
}

TEST(plan_tiles, covers_every_pixel_and_shows_every_small_face_whole) {
  const pyramid_goal goal;
  const int side = goal.tile_height_px / 4;
  const auto tiles = plan_tiles(1000, 700, goal);
  for (int top = 0; top + side <= 700; top += 7)
    for (int left = 0; left + side <= 1000; left += 7)
      EXPECT_TRUE(std::any_of(tiles.begin(), tiles.end(),
                              [&](const tile& one) {
                                return one.left <= left && one.top <= top
                                       && left + side <= one.left + goal.tile_width_px
                                       && top + side <= one.top + goal.tile_height_px;
                              }))
          << left << ", " << top;
}

TEST(plan_tiles, knows_which_borders_are_inner) {
  const auto tiles = plan_tiles(500, 240, {});
  ASSERT_EQ(tiles.size(), 2U);
  EXPECT_FALSE(tiles[0].has_left_neighbour);
  EXPECT_TRUE(tiles[0].has_right_neighbour);
  EXPECT_TRUE(tiles[1].has_left_neighbour);
  EXPECT_FALSE(tiles[1].has_right_neighbour);
  EXPECT_FALSE(tiles[0].has_upper_neighbour || tiles[0].has_lower_neighbour);
}

} // namespace
} // namespace rollcall::vision
