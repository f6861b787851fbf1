/// Requests and responses about tags: TagResource, UntagResource, ListTagsForResource. The ARN is only measured here
/// (20–2'048 characters); `wire/arn.hpp` reads it. Any thread.
#pragma once

#include "wire/shared.hpp"

#include <string>
#include <vector>

namespace rollcall::wire {

struct tag_resource_request {
  std::string resource_arn;
  tag_map tags;
};

struct tag_resource_response {};

struct untag_resource_request {
  std::string resource_arn;
  std::vector<std::string> tag_keys; ///< at most 200
};

struct untag_resource_response {};

struct list_tags_for_resource_request {
  std::string resource_arn;
};

struct list_tags_for_resource_response {
  tag_map tags;
};

} // namespace rollcall::wire
