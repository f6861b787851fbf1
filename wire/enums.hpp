/// The protocol's enumerations and their texts, one table each. Values only; any thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rollcall::wire {

/// How hard faces are filtered by quality. `automatic` is AUTO.
enum class quality_filter : std::uint8_t { none, automatic, low, medium, high };

/// What a caller may ask to see in a FaceDetail. `standard` is DEFAULT.
enum class attribute : std::uint8_t {
  standard,
  all,
  age_range,
  beard,
  emotions,
  eye_direction,
  eyeglasses,
  eyes_open,
  gender,
  mouth_open,
  mustache,
  face_occluded,
  smile,
  sunglasses,
};

/// A user's life: created (no faces), updating (a change is under way), active.
enum class user_status : std::uint8_t { active, updating, creating, created };

/// Rekognition's emotion types (never NEUTRAL).
enum class emotion_type : std::uint8_t { happy, sad, angry, confused, disgusted, surprised, calm, unknown, fear };

enum class gender_type : std::uint8_t { male, female };

/// A stream processor's life. `updating` is never told.
enum class stream_status : std::uint8_t { stopped, starting, running, failed, stopping, updating };

/// Which attributes of faces a video's detection tells. `standard` is DEFAULT.
enum class video_attributes : std::uint8_t { standard, all };

enum class video_job_status : std::uint8_t { in_progress, succeeded, failed };

/// In which order a video's persons are told.
enum class video_sort : std::uint8_t { index, timestamp };

/// Why a face was not indexed, or (with `face_not_largest`, which only UnsearchedFaces has) not searched.
enum class face_reason : std::uint8_t {
  exceeds_max_faces,
  extreme_pose,
  low_brightness,
  low_sharpness,
  low_confidence,
  small_bounding_box,
  low_face_quality,
  face_not_largest,
};

/// Why a face could not be deleted, associated or disassociated; each reply uses the reasons that its model lists.
enum class face_failure : std::uint8_t {
  face_not_found,
  associated_to_an_existing_user,
  associated_to_a_different_user,
  low_match_confidence,
};

/// Left and right as seen in the picture. The first five are those of DEFAULT.
enum class landmark_type : std::uint8_t {
  eye_left,
  eye_right,
  mouth_left,
  mouth_right,
  nose,
  left_eye_brow_left,
  left_eye_brow_right,
  left_eye_brow_up,
  right_eye_brow_left,
  right_eye_brow_right,
  right_eye_brow_up,
  left_eye_left,
  left_eye_right,
  left_eye_up,
  left_eye_down,
  right_eye_left,
  right_eye_right,
  right_eye_up,
  right_eye_down,
  nose_left,
  nose_right,
  mouth_up,
  mouth_down,
  left_pupil,
  right_pupil,
  upper_jawline_left,
  mid_jawline_left,
  chin_bottom,
  mid_jawline_right,
  upper_jawline_right,
};

/// The texts of an enumeration, in the order of its values.
template <class Enum>
inline constexpr std::array<std::string_view, 0> enum_texts{};

template <>
inline constexpr std::array<std::string_view, 5> enum_texts<quality_filter>{"NONE", "AUTO", "LOW", "MEDIUM", "HIGH"};

template <>
inline constexpr std::array<std::string_view, 14> enum_texts<attribute>{
    "DEFAULT",   "ALL",    "AGE_RANGE",  "BEARD",    "EMOTIONS",      "EYE_DIRECTION", "EYEGLASSES",
    "EYES_OPEN", "GENDER", "MOUTH_OPEN", "MUSTACHE", "FACE_OCCLUDED", "SMILE",         "SUNGLASSES"};

template <>
inline constexpr std::array<std::string_view, 4> enum_texts<user_status>{"ACTIVE", "UPDATING", "CREATING", "CREATED"};

template <>
inline constexpr std::array<std::string_view, 6> enum_texts<stream_status>{"STOPPED", "STARTING", "RUNNING",
                                                                           "FAILED",  "STOPPING", "UPDATING"};

template <>
inline constexpr std::array<std::string_view, 2> enum_texts<video_attributes>{"DEFAULT", "ALL"};

template <>
inline constexpr std::array<std::string_view, 3> enum_texts<video_job_status>{"IN_PROGRESS", "SUCCEEDED", "FAILED"};

template <>
inline constexpr std::array<std::string_view, 2> enum_texts<video_sort>{"INDEX", "TIMESTAMP"};

template <>
inline constexpr std::array<std::string_view, 9> enum_texts<emotion_type>{
    "HAPPY", "SAD", "ANGRY", "CONFUSED", "DISGUSTED", "SURPRISED", "CALM", "UNKNOWN", "FEAR"};

template <>
inline constexpr std::array<std::string_view, 2> enum_texts<gender_type>{"Male", "Female"};

template <>
inline constexpr std::array<std::string_view, 8> enum_texts<face_reason>{
    "EXCEEDS_MAX_FACES", "EXTREME_POSE",       "LOW_BRIGHTNESS",   "LOW_SHARPNESS",
    "LOW_CONFIDENCE",    "SMALL_BOUNDING_BOX", "LOW_FACE_QUALITY", "FACE_NOT_LARGEST"};

template <>
inline constexpr std::array<std::string_view, 4> enum_texts<face_failure>{
    "FACE_NOT_FOUND", "ASSOCIATED_TO_AN_EXISTING_USER", "ASSOCIATED_TO_A_DIFFERENT_USER", "LOW_MATCH_CONFIDENCE"};

template <>
inline constexpr std::array<std::string_view, 30> enum_texts<landmark_type>{
    "eyeLeft",          "eyeRight",         "mouthLeft",     "mouthRight",       "nose",
    "leftEyeBrowLeft",  "leftEyeBrowRight", "leftEyeBrowUp", "rightEyeBrowLeft", "rightEyeBrowRight",
    "rightEyeBrowUp",   "leftEyeLeft",      "leftEyeRight",  "leftEyeUp",        "leftEyeDown",
    "rightEyeLeft",     "rightEyeRight",    "rightEyeUp",    "rightEyeDown",     "noseLeft",
    "noseRight",        "mouthUp",          "mouthDown",     "leftPupil",        "rightPupil",
    "upperJawlineLeft", "midJawlineLeft",   "chinBottom",    "midJawlineRight",  "upperJawlineRight"};

/// The protocol's text of `value`.
template <class Enum>
[[nodiscard]] constexpr std::string_view to_string(Enum value) noexcept {
  return enum_texts<Enum>[static_cast<std::size_t>(value)];
}

/// The value whose text is exactly `text`; empty when there is none.
template <class Enum>
[[nodiscard]] constexpr std::optional<Enum> parse_enum(std::string_view text) noexcept {
  for (std::size_t i = 0; i < enum_texts<Enum>.size(); ++i)
    if (enum_texts<Enum>[i] == text)
      return static_cast<Enum>(i);
  return std::nullopt;
}

/// The attributes asked for. DEFAULT is always included; ALL includes every one.
class attribute_set {
public:
  constexpr void add(attribute wanted) noexcept { bits_ |= bit(wanted); }
  /// True when the reply shows `asked` (the five DEFAULT members are `standard`).
  [[nodiscard]] constexpr bool wants(attribute asked) const noexcept {
    return asked == attribute::standard || (bits_ & (bit(asked) | bit(attribute::all))) != 0;
  }
  /// True when something beyond DEFAULT is asked for.
  [[nodiscard]] constexpr bool wants_more_than_default() const noexcept {
    return (bits_ & ~bit(attribute::standard)) != 0;
  }
  friend bool operator==(const attribute_set&, const attribute_set&) = default;

private:
  [[nodiscard]] static constexpr std::uint16_t bit(attribute one) noexcept {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(one));
  }
  std::uint16_t bits_ = 0;
};

} // namespace rollcall::wire
