#include "front/face_detail.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace rollcall::front {

namespace {

/// A landmark is the mean of up to six of the 68 points.
struct source {
  wire::landmark_type type;
  std::array<std::uint8_t, 6> points;
  std::uint8_t count;
};

using enum wire::landmark_type;

/// In the order of `wire::landmark_type`. Points 36–41 are the eye on the left of an upright picture.
constexpr std::array<source, 30> sources{{
    {eye_left, {36, 37, 38, 39, 40, 41}, 6},
    {eye_right, {42, 43, 44, 45, 46, 47}, 6},
    {mouth_left, {48}, 1},
    {mouth_right, {54}, 1},
    {nose, {30}, 1},
    {left_eye_brow_left, {17}, 1},
    {left_eye_brow_right, {21}, 1},
    {left_eye_brow_up, {19}, 1},
    {right_eye_brow_left, {22}, 1},
    {right_eye_brow_right, {26}, 1},
    {right_eye_brow_up, {24}, 1},
    {left_eye_left, {36}, 1},
    {left_eye_right, {39}, 1},
    {left_eye_up, {37, 38}, 2},
    {left_eye_down, {40, 41}, 2},
    {right_eye_left, {42}, 1},
    {right_eye_right, {45}, 1},
    {right_eye_up, {43, 44}, 2},
    {right_eye_down, {46, 47}, 2},
    {nose_left, {31}, 1},
    {nose_right, {35}, 1},
    {mouth_up, {51}, 1},
    {mouth_down, {57}, 1},
    {left_pupil, {36, 37, 38, 39, 40, 41}, 6},
    {right_pupil, {42, 43, 44, 45, 46, 47}, 6},
    {upper_jawline_left, {0}, 1},
    {mid_jawline_left, {4}, 1},
    {chin_bottom, {8}, 1},
    {mid_jawline_right, {12}, 1},
    {upper_jawline_right, {16}, 1},
}};

constexpr std::size_t default_landmarks = 5;

wire::landmark make_landmark(const source& from, const vision::landmarks& points, picture_size picture) {
  float x = 0;
  float y = 0;
  for (std::size_t i = 0; i < from.count; ++i) {
    x += points[from.points[i]].x;
    y += points[from.points[i]].y;
  }
  const auto count = static_cast<float>(from.count);
  return {from.type, x / count / static_cast<float>(picture.width_px),
          y / count / static_cast<float>(picture.height_px)};
}

wire::verdict make_verdict(const vision::verdict& from) {
  return {from.value, from.confidence};
}

wire::pose make_pose(const vision::head_pose& from) {
  return {from.roll, from.yaw, from.pitch};
}

wire::emotion_type to_wire(vision::emotion from) noexcept {
  switch (from) {
    case vision::emotion::happy:
      return wire::emotion_type::happy;
    case vision::emotion::sad:
      return wire::emotion_type::sad;
    case vision::emotion::angry:
      return wire::emotion_type::angry;
    case vision::emotion::confused:
      return wire::emotion_type::confused;
    case vision::emotion::disgusted:
      return wire::emotion_type::disgusted;
    case vision::emotion::surprised:
      return wire::emotion_type::surprised;
    case vision::emotion::calm:
      return wire::emotion_type::calm;
    case vision::emotion::unknown:
      return wire::emotion_type::unknown;
    case vision::emotion::fear:
      return wire::emotion_type::fear;
  }
  return wire::emotion_type::unknown;
}

void add_attributes(wire::face_detail& into, const vision::face_attributes& from, const wire::attribute_set& wanted) {
  using enum wire::attribute;
  if (wanted.wants(age_range) && from.age_range)
    into.age_range = wire::age_range{from.age_range->first, from.age_range->second};
  if (wanted.wants(gender) && from.is_male) {
    const auto value = from.is_male->value ? wire::gender_type::male : wire::gender_type::female;
    into.gender = wire::gender{value, from.is_male->confidence};
  }
  if (!wanted.wants(emotions) || from.emotions.empty())
    return;
  into.emotions.emplace();
  for (const auto& [type, confidence] : from.emotions)
    into.emotions->push_back({to_wire(type), confidence});
}

wire::face_reason to_wire(vision::quality_reason from) noexcept {
  switch (from) {
    case vision::quality_reason::extreme_pose:
      return wire::face_reason::extreme_pose;
    case vision::quality_reason::low_brightness:
      return wire::face_reason::low_brightness;
    case vision::quality_reason::low_sharpness:
      return wire::face_reason::low_sharpness;
    case vision::quality_reason::low_confidence:
      return wire::face_reason::low_confidence;
    case vision::quality_reason::small_bounding_box:
      return wire::face_reason::small_bounding_box;
    case vision::quality_reason::low_face_quality:
      return wire::face_reason::low_face_quality;
  }
  return wire::face_reason::low_face_quality;
}

} // namespace

std::vector<wire::landmark> make_landmarks(const vision::landmarks& points, picture_size picture, bool all) {
  const auto wanted = std::span{sources}.first(all ? sources.size() : default_landmarks);
  std::vector<wire::landmark> made;
  made.reserve(wanted.size());
  for (const auto& from : wanted)
    made.push_back(make_landmark(from, points, picture));
  return made;
}

wire::face_detail make_face_detail(const vision::face& face, picture_size picture, const wire::attribute_set& wanted) {
  wire::face_detail detail;
  detail.bounding_box = face.box_ratio;
  detail.confidence = face.confidence;
  detail.landmarks = make_landmarks(face.points, picture, wanted.wants(wire::attribute::all));
  detail.pose = make_pose(face.pose);
  detail.quality = {face.brightness, face.sharpness};
  if (wanted.wants(wire::attribute::eyes_open))
    detail.eyes_open = make_verdict(face.eyes_open);
  if (wanted.wants(wire::attribute::mouth_open))
    detail.mouth_open = make_verdict(face.mouth_open);
  add_attributes(detail, face.attributes, wanted);
  return detail;
}

wire::compared_face make_compared_face(const vision::face& face, picture_size picture) {
  wire::compared_face made;
  made.bounding_box = face.box_ratio;
  made.confidence = face.confidence;
  made.landmarks = make_landmarks(face.points, picture, false);
  made.pose = make_pose(face.pose);
  made.quality = {face.brightness, face.sharpness};
  return made;
}

std::vector<wire::face_reason> make_reasons(const std::vector<vision::quality_reason>& reasons) {
  std::vector<wire::face_reason> made;
  made.reserve(reasons.size());
  for (const auto reason : reasons)
    made.push_back(to_wire(reason));
  return made;
}

vision::quality_filter to_vision(wire::quality_filter filter) noexcept {
  switch (filter) {
    case wire::quality_filter::none:
      return vision::quality_filter::none;
    case wire::quality_filter::automatic:
      return vision::quality_filter::automatic;
    case wire::quality_filter::low:
      return vision::quality_filter::low;
    case wire::quality_filter::medium:
      return vision::quality_filter::medium;
    case wire::quality_filter::high:
      return vision::quality_filter::high;
  }
  return vision::quality_filter::none;
}

bool wants_networks(const wire::attribute_set& wanted) noexcept {
  return wanted.wants(wire::attribute::age_range) || wanted.wants(wire::attribute::gender)
         || wanted.wants(wire::attribute::emotions);
}

} // namespace rollcall::front
