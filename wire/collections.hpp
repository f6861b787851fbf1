/// Requests and responses of the collection operations: CreateCollection, DeleteCollection, DescribeCollection,
/// ListCollections. Requests come out of `decode` (validated), responses go into `encode`; any thread.
#pragma once

#include "core/clock.hpp"
#include "wire/shared.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::wire {

struct create_collection_request {
  std::string collection_id; ///< 1–255 of [a-zA-Z0-9_.-]; so everywhere
  tag_map tags;
};

struct create_collection_response {
  int status_code = 200;
  std::string collection_arn;
  std::string face_model_version;
};

struct delete_collection_request {
  std::string collection_id;
};

struct delete_collection_response {
  int status_code = 200;
};

struct describe_collection_request {
  std::string collection_id;
};

struct describe_collection_response {
  std::uint64_t face_count = 0;
  std::uint64_t user_count = 0;
  std::string face_model_version;
  std::string collection_arn; ///< written as `CollectionARN`
  core::wall_time creation_timestamp;
};

struct list_collections_request {
  std::optional<std::string> next_token;
  std::optional<int> max_results; ///< 0–4'096; absent or 0 means the default page of 1'000
};

struct list_collections_response {
  struct collection {
    std::string collection_id;
    std::string face_model_version;
  };
  std::vector<collection> collections; ///< written as two parallel arrays
  std::optional<std::string> next_token;
};

} // namespace rollcall::wire
