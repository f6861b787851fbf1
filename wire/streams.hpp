/// Requests and responses about stream processors, live video whose faces are searched for in a collection:
/// CreateStreamProcessor, Describe-, List-, Start-, Stop-, Update- and DeleteStreamProcessor. What only label detection
/// has is refused by `decode` (`invalid_argument`). Names are 1–128 of [a-zA-Z0-9_.-]. Any thread.
#pragma once

#include "core/clock.hpp"
#include "wire/shared.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

/// Written as `{"KinesisVideoStream": {"Arn": uri}}`. `uri` is one that `check_stream_uri` takes.
struct stream_input {
  std::string uri;
};

/// `KinesisDataStream{Arn}` and `S3Destination{Bucket, KeyPrefix}` as they were sent; all may be absent.
struct stream_output {
  std::optional<std::string> kinesis_arn;
  std::optional<std::string> s3_bucket;
  std::optional<std::string> s3_key_prefix;
};

/// Streams are searched with this similarity, at least.
inline constexpr float least_stream_threshold = 80;

/// Of face search.
struct stream_settings {
  std::string collection_id;
  float face_match_threshold = least_stream_threshold; ///< up to 100; lower ones are raised by `decode`
};

struct stream_notification {
  std::string sns_topic_arn;
};

struct stream_data_sharing {
  bool opt_in = false;
};

/// What the maker of a stream processor said and Rollcall makes no use of. Encoded as JSON of its own it is what the
/// store keeps; `decode` and `encode` take it like a request and a response.
struct stream_details {
  stream_output output;
  std::string role_arn;
  tag_map tags;
  std::optional<stream_notification> notification;
  std::optional<stream_data_sharing> data_sharing;
};

struct create_stream_processor_request {
  stream_input input;
  stream_output output;
  std::string name;
  stream_settings settings;
  std::string role_arn;
  tag_map tags;
  std::optional<stream_notification> notification;
  std::optional<stream_data_sharing> data_sharing;
};

struct create_stream_processor_response {
  std::string stream_processor_arn;
};

struct describe_stream_processor_request {
  std::string name;
};

/// Tags are left out of the JSON: ListTagsForResource tells those.
struct describe_stream_processor_response {
  std::string name;
  std::string stream_processor_arn;
  stream_status status = stream_status::stopped;
  std::optional<std::string> status_message;
  core::wall_time creation_timestamp;
  core::wall_time last_update_timestamp;
  stream_input input;
  stream_settings settings;
  stream_details details;
};

struct list_stream_processors_request {
  std::optional<std::string> next_token;
  std::optional<int> max_results; ///< at least 1; absent means 1'000
};

struct list_stream_processors_response {
  struct stream_processor {
    std::string name;
    stream_status status = stream_status::stopped;
  };
  std::vector<stream_processor> stream_processors;
  std::optional<std::string> next_token;
};

struct start_stream_processor_request {
  std::string name;
};

/// Without a SessionId, which label detection alone has.
struct start_stream_processor_response {};

struct stop_stream_processor_request {
  std::string name;
};

struct stop_stream_processor_response {};

struct update_stream_processor_request {
  std::string name;
  std::optional<stream_data_sharing> data_sharing;
};

struct update_stream_processor_response {};

struct delete_stream_processor_request {
  std::string name;
};

struct delete_stream_processor_response {};

} // namespace rollcall::wire
