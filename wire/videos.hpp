/// Requests and responses about stored videos: StartFaceDetection, StartFaceSearch and StartPersonTracking, which begin
/// a job, and GetFaceDetection, GetFaceSearch and GetPersonTracking, which give what it found. Requests come out of
/// `decode` (validated, defaults applied), responses go into `encode`; any thread.
#pragma once

#include "wire/shared.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

/// Where a video lies; written as `{"S3Object": …}`.
struct video {
  s3_object s3;
};

struct start_face_detection_request {
  wire::video video;
  std::optional<std::string> client_request_token;
  video_attributes face_attributes = video_attributes::standard;
  std::optional<std::string> job_tag;
};

struct start_face_detection_response {
  std::string job_id;
};

struct start_face_search_request {
  wire::video video;
  std::string collection_id;
  float face_match_threshold = 80; ///< 0–100, inclusive
  std::optional<std::string> client_request_token;
  std::optional<std::string> job_tag;
};

struct start_face_search_response {
  std::string job_id;
};

struct start_person_tracking_request {
  wire::video video;
  std::optional<std::string> client_request_token;
  std::optional<std::string> job_tag;
};

struct start_person_tracking_response {
  std::string job_id;
};

struct get_face_detection_request {
  std::string job_id;
  std::optional<int> max_results; ///< at least 1; absent means 1'000, as does more
  std::optional<std::string> next_token;
};

struct get_face_search_request {
  std::string job_id;
  std::optional<int> max_results;
  std::optional<std::string> next_token;
  video_sort sort_by = video_sort::timestamp;
};

struct get_person_tracking_request {
  std::string job_id;
  std::optional<int> max_results;
  std::optional<std::string> next_token;
  video_sort sort_by = video_sort::timestamp;
};

struct video_metadata {
  std::string codec;
  std::int64_t duration_ms = 0; ///< 0: unknown, and left out
  std::string format;
  float frame_rate = 0; ///< frames a second; 0: unknown, and left out
  std::int64_t frame_height = 0;
  std::int64_t frame_width = 0;
};

/// The JSON text of a part of a response, which the store keeps and a response takes as it is.
[[nodiscard]] std::string encode_part(const video_metadata& of);
[[nodiscard]] std::string encode_part(const face_detail& of);
[[nodiscard]] std::string encode_part(const std::vector<face_match>& of);

/// What all replies about a job have.
struct video_job_state {
  std::string job_id;
  video_job_status status = video_job_status::in_progress;
  std::optional<std::string> status_message;
  std::string metadata; ///< JSON; empty: unknown, and left out
  wire::video video;
  std::optional<std::string> job_tag;
  std::optional<std::string> next_token;
};

struct get_face_detection_response {
  struct face {
    std::int64_t timestamp_ms = 0; ///< from the start of the video
    std::string detail;            ///< JSON
  };
  video_job_state job;
  std::vector<face> faces;
};

/// A person at a time of the video. Without the box of the whole person: only faces are looked for.
struct video_person {
  std::int64_t timestamp_ms = 0;
  std::uint64_t index = 0; ///< of the job's persons
  std::string face;        ///< JSON
  std::string matches;     ///< JSON; empty: none, and left out
};

struct get_face_search_response {
  video_job_state job;
  std::vector<video_person> persons;
};

struct get_person_tracking_response {
  video_job_state job;
  std::vector<video_person> persons; ///< without matches
};

} // namespace rollcall::wire
