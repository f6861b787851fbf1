#include "wire/codec.hpp"
#include "wire/json_document.hpp"
#include "wire/operation.hpp"
#include "wire/request_tables.hpp"

#include <exception>

namespace rollcall::wire {

namespace {

/// What the members of a request must be together. Most requests have no such rule.
template <class Request>
core::status check_together(const Request&) {
  return core::nothing{};
}

core::status check_together(const search_users_request& request) {
  if (request.user_id.has_value() != request.face_id.has_value())
    return core::nothing{};
  return core::fail(core::error_code::invalid_argument, request.user_id
                                                            ? "UserId and FaceId exclude each other: give only one."
                                                            : "One of UserId and FaceId must be given.");
}

/// The model has no limit of its own for these.
core::status check_together(const create_stream_processor_request& request) {
  const auto is_long = [](const std::optional<std::string>& arn) {
    constexpr std::size_t longest_arn = 2'048;
    return arn && arn->size() > longest_arn;
  };
  if (is_long(request.role_arn) || is_long(request.output.kinesis_arn)
      || (request.notification && is_long(request.notification->sns_topic_arn)))
    return core::fail(core::error_code::invalid_argument,
                      "The ARNs of role, data stream and topic have at most 2048 characters.");
  return core::nothing{};
}

core::status check_together(const realtime_query& request) {
  using enum realtime_operation;
  if (request.operation != list_events && !request.collection_id)
    return core::fail(core::error_code::invalid_argument, "A search needs CollectionId.");
  if (request.operation == search_faces_by_embedding && !request.face_model_version)
    return core::fail(core::error_code::invalid_argument,
                      "SearchFacesByEmbedding needs FaceModelVersion, that of the model that made the embedding.");
  return core::nothing{};
}

/// The member's error with its name in front where the text begins with a verb, or with a member of the member.
core::error named(std::string_view name, core::error failed) {
  if (failed.code == core::error_code::invalid_argument)
    failed.message = std::string{name} + (failed.message.starts_with('.') ? "" : " ") + failed.message;
  return failed;
}

template <class Request>
core::result<Request> read(std::string_view json_body) {
  ROLLCALL_TRY(const auto document, json_document::parse(json_body));
  findings found;
  for (const auto& member : fields_of<Request>)
    check_field(member.what, document.root().if_contains(member.what.name), {}, found);
  ROLLCALL_CHECK(found.verdict());
  Request request;
  for (const auto& member : fields_of<Request>) {
    const auto* value = document.root().if_contains(member.what.name);
    if (value == nullptr || value->is_null())
      continue;
    if (auto assigned = member.assign(request, *value); !assigned)
      return named(member.what.name, std::move(assigned).failure());
  }
  ROLLCALL_CHECK(check_together(request));
  return request;
}

} // namespace

template <class Request>
core::result<Request> decode(std::string_view json_body) {
  static_assert(!fields_of<Request>.empty());
  try {
    return read<Request>(json_body);
  } catch (const std::exception& failed) {
    return core::fail(core::error_code::internal, "The request could not be read.", failed.what());
  }
}

#define ROLLCALL_DECODE(name, text) template core::result<name##_request> decode<name##_request>(std::string_view);
ROLLCALL_OPERATIONS(ROLLCALL_DECODE)
#undef ROLLCALL_DECODE
template core::result<stream_details> decode<stream_details>(std::string_view);
template core::result<realtime_query> decode<realtime_query>(std::string_view);
template core::result<pushed_frame_header> decode<pushed_frame_header>(std::string_view);

} // namespace rollcall::wire
