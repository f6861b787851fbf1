#include "front/face_detail.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

namespace rollcall::front {
namespace {

using enum wire::landmark_type;

/// A schematic upright face in a 200×400 picture: the iBUG points where a face has them, x to the right, y down.
vision::landmarks upright_face() {
  vision::landmarks points{};
  for (std::size_t i = 0; i <= 16; ++i) { // jaw, from the left ear over the chin to the right one
    const auto along = static_cast<float>(i) - 8;
    points[i] = {100 + along * 10, 280 - along * along * 2};
  }
  for (std::size_t i = 0; i < 5; ++i) { // brows
    points[17 + i] = {40 + static_cast<float>(i) * 10, 120};
    points[22 + i] = {120 + static_cast<float>(i) * 10, 120};
  }
  for (std::size_t i = 0; i < 4; ++i) // bridge
    points[27 + i] = {100, 140 + static_cast<float>(i) * 15};
  for (std::size_t i = 0; i < 5; ++i) // nostrils
    points[31 + i] = {90 + static_cast<float>(i) * 5, 195};
  const float eye_x[] = {-15, -5, 5, 15, 5, -5};
  const float eye_y[] = {0, -6, -6, 0, 6, 6};
  for (std::size_t i = 0; i < 6; ++i) {
    points[36 + i] = {60 + eye_x[i], 150 + eye_y[i]};
    points[42 + i] = {140 + eye_x[i], 150 + eye_y[i]};
  }
  for (std::size_t i = 0; i < 7; ++i) { // outer lips
    points[48 + i] = {70 + static_cast<float>(i) * 10, i == 0 || i == 6 ? 240.0F : 230.0F};
  }
  for (std::size_t i = 0; i < 5; ++i)
    points[55 + i] = {120 - static_cast<float>(i) * 10, 250};
  for (std::size_t i = 60; i < 68; ++i)
    points[i] = {100, 240};
  return points;
}

constexpr picture_size picture{200, 400};

std::map<wire::landmark_type, wire::landmark> by_type(bool all) {
  std::map<wire::landmark_type, wire::landmark> found;
  for (const auto& one : make_landmarks(upright_face(), picture, all))
    found.emplace(one.type, one);
  return found;
}

TEST(landmarks, are_five_by_default_in_the_protocols_order) {
  const auto made = make_landmarks(upright_face(), picture, false);
  ASSERT_EQ(made.size(), 5U);
  const std::array order{eye_left, eye_right, mouth_left, mouth_right, nose};
  for (std::size_t i = 0; i < order.size(); ++i)
    EXPECT_EQ(made[i].type, order[i]);
}

TEST(landmarks, are_all_thirty_kinds_once_in_order) {
  const auto made = make_landmarks(upright_face(), picture, true);
  ASSERT_EQ(made.size(), wire::enum_texts<wire::landmark_type>.size());
  for (std::size_t i = 0; i < made.size(); ++i)
    EXPECT_EQ(made[i].type, static_cast<wire::landmark_type>(i));
}

TEST(landmarks, are_ratios_of_the_picture) {
  const auto found = by_type(true);
  EXPECT_NEAR(found.at(eye_left).x, 60.0 / 200, 1e-6);
  EXPECT_NEAR(found.at(eye_left).y, 150.0 / 400, 1e-6);
  EXPECT_NEAR(found.at(nose).x, 100.0 / 200, 1e-6);
  EXPECT_NEAR(found.at(nose).y, 185.0 / 400, 1e-6);
  EXPECT_NEAR(found.at(chin_bottom).y, 280.0 / 400, 1e-6);
}

TEST(landmarks, call_left_what_is_left_in_the_picture) {
  const auto found = by_type(true);
  const std::vector<std::pair<wire::landmark_type, wire::landmark_type>> left_to_right{
      {eye_left, eye_right},
      {mouth_left, mouth_right},
      {left_eye_brow_left, left_eye_brow_right},
      {right_eye_brow_left, right_eye_brow_right},
      {left_eye_brow_right, right_eye_brow_left},
      {left_eye_left, left_eye_right},
      {right_eye_left, right_eye_right},
      {left_eye_right, right_eye_left},
      {nose_left, nose_right},
      {left_pupil, right_pupil},
      {upper_jawline_left, mid_jawline_left},
      {mid_jawline_left, chin_bottom},
      {chin_bottom, mid_jawline_right},
      {mid_jawline_right, upper_jawline_right},
  };
  for (const auto& [left, right] : left_to_right)
    EXPECT_LT(found.at(left).x, found.at(right).x) << wire::to_string(left) << " " << wire::to_string(right);
}

TEST(landmarks, call_up_what_is_above) {
  const auto found = by_type(true);
  for (const auto& [up, down] : {std::pair{left_eye_up, left_eye_down},
                                 {right_eye_up, right_eye_down},
                                 {mouth_up, mouth_down},
                                 {upper_jawline_left, mid_jawline_left}})
    EXPECT_LT(found.at(up).y, found.at(down).y) << wire::to_string(up);
  EXPECT_FLOAT_EQ(found.at(left_pupil).x, found.at(eye_left).x);
  EXPECT_FLOAT_EQ(found.at(right_pupil).y, found.at(eye_right).y);
}

vision::face measured_face() {
  vision::face face;
  face.points = upright_face();
  face.attributes.age_range = {20, 30};
  face.attributes.is_male = vision::verdict{false, 90};
  face.attributes.emotions = {{vision::emotion::calm, 80}, {vision::emotion::fear, 5}};
  return face;
}

wire::attribute_set asking_for(std::initializer_list<wire::attribute> asked) {
  wire::attribute_set wanted;
  for (const auto one : asked)
    wanted.add(one);
  return wanted;
}

TEST(face_detail, shows_the_five_members_of_default_only_when_nothing_more_is_asked) {
  const auto detail = make_face_detail(measured_face(), picture, {});
  EXPECT_EQ(detail.landmarks.size(), 5U);
  EXPECT_FALSE(detail.age_range || detail.gender || detail.emotions || detail.eyes_open || detail.mouth_open);
}

TEST(face_detail, shows_all_that_was_measured_and_nothing_else) {
  const auto detail = make_face_detail(measured_face(), picture, asking_for({wire::attribute::all}));
  EXPECT_EQ(detail.landmarks.size(), 30U);
  EXPECT_TRUE(detail.age_range && detail.gender && detail.emotions && detail.eyes_open && detail.mouth_open);
  EXPECT_EQ(detail.gender->value, wire::gender_type::female);
  EXPECT_EQ(detail.emotions->front().type, wire::emotion_type::calm);
  EXPECT_FALSE(detail.smile || detail.eyeglasses || detail.sunglasses || detail.beard || detail.mustache
               || detail.face_occluded || detail.eye_direction);
}

TEST(face_detail, leaves_out_what_is_turned_off) {
  auto face = measured_face();
  face.attributes = {};
  const auto detail = make_face_detail(face, picture, asking_for({wire::attribute::all}));
  EXPECT_FALSE(detail.age_range || detail.gender || detail.emotions);
}

TEST(face_detail, shows_a_single_attribute_besides_default) {
  const auto detail = make_face_detail(measured_face(), picture, asking_for({wire::attribute::eyes_open}));
  EXPECT_TRUE(detail.eyes_open);
  EXPECT_FALSE(detail.mouth_open || detail.age_range);
  EXPECT_EQ(detail.landmarks.size(), 5U);
}

TEST(quality_reasons, map_one_to_one) {
  std::set<wire::face_reason> seen;
  for (const auto reason : {vision::quality_reason::extreme_pose, vision::quality_reason::low_brightness,
                            vision::quality_reason::low_sharpness, vision::quality_reason::low_confidence,
                            vision::quality_reason::small_bounding_box, vision::quality_reason::low_face_quality})
    seen.insert(make_reasons({reason}).front());
  EXPECT_EQ(seen.size(), 6U);
  EXPECT_EQ(make_reasons({vision::quality_reason::extreme_pose}).front(), wire::face_reason::extreme_pose);
}

} // namespace
} // namespace rollcall::front
