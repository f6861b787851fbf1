#include "vision/pose.hpp"

#include "vision/mean_face.hpp"

#include <cmath>
#include <gtest/gtest.h>

namespace rollcall::vision {
namespace {

/// The mean face turned: first pitch, then yaw, then roll; seen from far away.
landmarks seen_at(const head_pose& pose) {
  constexpr double radians = 3.14159265358979 / 180;
  const double yaw = pose.yaw * radians;
  const double pitch = pose.pitch * radians;
  const double roll = pose.roll * radians;
  landmarks all{};
  for (const auto& each : mean_face) {
    // Up: what faces the camera (low z) rises (low y).
    const double y1 = each.y * std::cos(pitch) + each.z * std::sin(pitch);
    const double z1 = -each.y * std::sin(pitch) + each.z * std::cos(pitch);
    // To the right: what faces the camera moves to high x.
    const double x2 = each.x * std::cos(yaw) - z1 * std::sin(yaw);
    const double x3 = x2 * std::cos(roll) - y1 * std::sin(roll);
    const double y3 = x2 * std::sin(roll) + y1 * std::cos(roll);
    all[each.landmark] = {static_cast<float>(300 + 0.2 * x3), static_cast<float>(200 + 0.2 * y3)};
  }
  return all;
}

TEST(pose_of, reads_each_angle_of_a_turned_mean_face) {
  for (const float angle : {-40.0F, -20.0F, 0.0F, 10.0F, 30.0F}) {
    const auto yaw = pose_of(seen_at({angle, 0, 0}));
    EXPECT_NEAR(yaw.yaw, angle, 0.5);
    EXPECT_NEAR(yaw.pitch, 0, 0.5);
    EXPECT_NEAR(yaw.roll, 0, 0.5);
    EXPECT_NEAR(pose_of(seen_at({0, angle, 0})).pitch, angle, 0.5);
    EXPECT_NEAR(pose_of(seen_at({0, 0, angle})).roll, angle, 0.5);
  }
}

TEST(pose_of, reads_a_roll_of_any_size) {
  EXPECT_NEAR(pose_of(seen_at({0, 0, 150})).roll, 150, 0.5);
}

TEST(pose_of, is_all_zero_without_extent) {
  const auto pose = pose_of(landmarks{});
  EXPECT_EQ(pose.yaw, 0);
  EXPECT_EQ(pose.pitch, 0);
  EXPECT_EQ(pose.roll, 0);
}

landmarks eyes_with(float height) {
  landmarks all{};
  for (const std::size_t first : {36, 42}) {
    const auto left = static_cast<float>(10 * first);
    all[first] = {left, 0};
    all[first + 1] = {left + 10, -height / 2};
    all[first + 2] = {left + 20, -height / 2};
    all[first + 3] = {left + 30, 0};
    all[first + 4] = {left + 20, height / 2};
    all[first + 5] = {left + 10, height / 2};
  }
  return all;
}

TEST(eyes_open, judges_by_the_ratio_of_height_to_width) {
  EXPECT_TRUE(eyes_open_of(eyes_with(10)).value);
  EXPECT_FALSE(eyes_open_of(eyes_with(1)).value);
  EXPECT_GT(eyes_open_of(eyes_with(12)).confidence, eyes_open_of(eyes_with(6.5F)).confidence);
  EXPECT_GE(eyes_open_of(landmarks{}).confidence, 50);
}

TEST(mouth_open, judges_by_the_inner_lips) {
  landmarks shut{};
  for (std::size_t i = 0; i < 5; ++i)
    shut[60 + i] = {static_cast<float>(10 * i), 0};
  for (std::size_t i = 0; i < 3; ++i)
    shut[65 + i] = {static_cast<float>(30 - 10 * i), 1};
  EXPECT_FALSE(mouth_open_of(shut).value);
  auto open = shut;
  for (std::size_t i = 0; i < 3; ++i)
    open[65 + i].y = 20;
  EXPECT_TRUE(mouth_open_of(open).value);
}

} // namespace
} // namespace rollcall::vision
