/// Requests and responses about faces in pictures and in collections: IndexFaces, ListFaces, DeleteFaces, DetectFaces,
/// CompareFaces. Requests come out of `decode` (validated, defaults applied), responses go into `encode`; any thread.
#pragma once

#include "wire/shared.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

struct index_faces_request {
  std::string collection_id;
  wire::image image;
  std::optional<std::string> external_image_id; ///< 1–255 of [a-zA-Z0-9_.:-]
  attribute_set detection_attributes;
  std::optional<int> max_faces; ///< ≥ 1; absent means all (at most 100 are detected)
  wire::quality_filter quality_filter = quality_filter::automatic;
};

struct index_faces_response {
  struct face_record {
    wire::face face;
    wire::face_detail face_detail;
  };
  std::vector<face_record> face_records; ///< largest box first
  std::vector<unused_face> unindexed_faces;
  std::string face_model_version;
};

struct list_faces_request {
  std::string collection_id;
  std::optional<std::string> next_token;
  std::optional<int> max_results;                     ///< 0–4'096; absent or 0 means the default page of 1'000
  std::optional<std::string> user_id;                 ///< only faces of this user
  std::optional<std::vector<core::face_id>> face_ids; ///< only these, 1–4'096; with `user_id` both must hold
};

struct list_faces_response {
  std::vector<face> faces;
  std::optional<std::string> next_token;
  std::string face_model_version;
};

struct delete_faces_request {
  std::string collection_id;
  std::vector<core::face_id> face_ids; ///< 1–4'096 sent; the first of each kept, in that order
};

struct delete_faces_response {
  std::vector<core::face_id> deleted_faces;
  std::vector<failed_face> unsuccessful_face_deletions;
};

struct detect_faces_request {
  wire::image image;
  attribute_set attributes;
};

struct detect_faces_response {
  std::vector<face_detail> face_details;
};

struct compare_faces_request {
  image source_image;
  image target_image;
  float similarity_threshold = 80; ///< 0–100, inclusive
  wire::quality_filter quality_filter = quality_filter::none;
};

/// A face of CompareFaces' target.
struct compared_face {
  wire::bounding_box bounding_box;
  float confidence = 0;
  std::vector<landmark> landmarks;
  wire::pose pose;
  image_quality quality;
  std::optional<std::vector<emotion>> emotions;
  std::optional<verdict> smile;
};

struct compare_faces_response {
  struct source_face {
    wire::bounding_box bounding_box;
    float confidence = 0;
  };
  struct match {
    float similarity = 0;
    compared_face face;
  };
  source_face source_image_face;
  std::vector<match> face_matches; ///< most similar first
  std::vector<compared_face> unmatched_faces;
};

} // namespace rollcall::wire
