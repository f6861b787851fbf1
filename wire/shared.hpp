/// Values that several of Rekognition's operations share: pictures in, faces and matches out. Plain values without
/// behaviour, made by the decoder and by `front/`; any thread. Percentages are 0–100, boxes and landmarks are ratios of
/// the upright picture (not clamped), angles are degrees in [-180, 180].
#pragma once

#include "core/bytes.hpp"
#include "core/geometry.hpp"
#include "core/uuid.hpp"
#include "wire/enums.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

/// Largest decoded inline picture. A longer one is a constraint violation of `Image.Bytes`; `image_too_large` is left
/// to pictures that come from a bucket.
inline constexpr std::size_t max_image_bytes = 5'242'880;

/// Where a picture lies in a bucket: bucket 3–255 characters, name and version 1–1'024.
struct s3_object {
  std::string bucket;
  std::string name;
  std::optional<std::string> version;
};

/// A picture: after decoding a request exactly one of the two is set, and `bytes` is never null in there.
struct image {
  std::optional<core::shared_bytes> bytes; ///< 1 … `max_image_bytes`, encoded JPEG or PNG (not checked here)
  std::optional<s3_object> s3;
};

/// Tag keys and values. At most 200.
using tag_map = std::map<std::string, std::string>;

using bounding_box = core::ratio_box;

struct landmark {
  landmark_type type = landmark_type::eye_left;
  float x = 0;
  float y = 0;
};

struct pose {
  float roll = 0;
  float yaw = 0;
  float pitch = 0;
};

struct image_quality {
  float brightness = 0; ///< 0–100
  float sharpness = 0;  ///< 0–100
};

struct age_range {
  int low = 0; ///< years
  int high = 0;
};

/// A yes-or-no attribute with its confidence.
struct verdict {
  bool value = false;
  float confidence = 0;
};

struct gender {
  gender_type value = gender_type::male;
  float confidence = 0;
};

struct emotion {
  emotion_type type = emotion_type::unknown;
  float confidence = 0;
};

struct eye_direction {
  float yaw = 0;
  float pitch = 0;
  float confidence = 0;
};

/// What detection says about a face. The first five members are those of DEFAULT; the others are left out of the reply
/// when absent.
struct face_detail {
  wire::bounding_box bounding_box;
  float confidence = 0;
  std::vector<landmark> landmarks;
  wire::pose pose;
  image_quality quality;
  std::optional<wire::age_range> age_range;
  std::optional<verdict> smile;
  std::optional<verdict> eyeglasses;
  std::optional<verdict> sunglasses;
  std::optional<wire::gender> gender;
  std::optional<verdict> beard;
  std::optional<verdict> mustache;
  std::optional<verdict> eyes_open;
  std::optional<verdict> mouth_open;
  std::optional<std::vector<emotion>> emotions;
  std::optional<verdict> face_occluded;
  std::optional<wire::eye_direction> eye_direction;
};

/// A face of a collection, as stored.
struct face {
  core::face_id face_id;
  std::optional<wire::bounding_box> bounding_box;
  std::optional<core::image_id> image_id;
  std::optional<std::string> external_image_id;
  std::optional<float> confidence;
  std::optional<std::string> index_faces_model_version; ///< digits and dots
  std::optional<std::string> user_id;
};

/// A stored face that resembles the probe.
struct face_match {
  float similarity = 0;
  wire::face face;
};

/// A user of a collection.
struct user {
  std::string user_id;
  wire::user_status user_status = user_status::active;
};

/// A user who resembles the probe.
struct user_match {
  float similarity = 0;
  wire::user user;
};

/// A face left aside, and why. Written as UnindexedFace (`FaceDetail`) and as UnsearchedFace (`FaceDetails`).
struct unused_face {
  std::vector<face_reason> reasons;
  wire::face_detail face_detail;
};

/// A face that a call could not delete, associate or disassociate. `user_id` names the user it belongs to, where that
/// is the reason; `confidence` is AssociateFaces' alone.
struct failed_face {
  core::face_id face_id;
  std::optional<std::string> user_id;
  std::optional<float> confidence;
  std::vector<face_failure> reasons;
};

} // namespace rollcall::wire
