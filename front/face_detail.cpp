#include "front/face_detail.hpp"

namespace rollcall::front {

namespace {

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
