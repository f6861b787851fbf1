/// Requests and responses of the searches: SearchFaces, SearchFacesByImage, SearchUsers, SearchUsersByImage. Requests
/// come out of `decode` (validated, defaults applied), responses go into `encode`; any thread.
#pragma once

#include "wire/shared.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

struct search_faces_request {
  std::string collection_id;
  core::face_id face_id;
  int max_faces = 100;             ///< 1–4'096
  float face_match_threshold = 80; ///< 0–100, inclusive
};

struct search_faces_response {
  core::face_id searched_face_id;
  std::vector<face_match> face_matches; ///< most similar first, ties by lower face id
  std::string face_model_version;
};

struct search_faces_by_image_request {
  std::string collection_id;
  wire::image image;
  int max_faces = 100;
  float face_match_threshold = 80;
  wire::quality_filter quality_filter = quality_filter::none;
};

struct search_faces_by_image_response {
  bounding_box searched_face_bounding_box;
  float searched_face_confidence = 0;
  std::vector<face_match> face_matches; ///< most similar first, ties by lower face id
  std::string face_model_version;
};

/// Exactly one of `user_id` and `face_id` is set.
struct search_users_request {
  std::string collection_id;
  std::optional<std::string> user_id;
  std::optional<core::face_id> face_id;
  float user_match_threshold = 80; ///< 0–100, inclusive
  int max_users = 100;             ///< 1–500
};

struct search_users_response {
  std::vector<user_match> user_matches; ///< most similar first, ties by lower user id
  std::string face_model_version;
  std::optional<core::face_id> searched_face;
  std::optional<std::string> searched_user;
};

struct search_users_by_image_request {
  std::string collection_id;
  wire::image image;
  float user_match_threshold = 80;
  int max_users = 100;
  wire::quality_filter quality_filter = quality_filter::none;
};

struct search_users_by_image_response {
  std::vector<user_match> user_matches; ///< most similar first, ties by lower user id
  std::string face_model_version;
  std::optional<face_detail> searched_face; ///< absent when the picture has no face
  std::vector<unused_face> unsearched_faces;
};

} // namespace rollcall::wire
