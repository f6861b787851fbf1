#include "front/operations/dispatch.hpp"

#include "front/operations/handlers.hpp"
#include "wire/codec.hpp"

#include <array>

namespace rollcall::front::operations {

namespace {

using runner = asio::awaitable<core::result<std::string>> (*)(request_context&, wire::operation, body_buffer&);

/// The collection that a request touches; empty when it names none. That of a stream processor its handler finds.
template <class Request>
core::result<std::string> collection_of(const Request& request) {
  if constexpr (requires { request.collection_id; }) {
    return request.collection_id;
  } else if constexpr (requires { request.settings.collection_id; }) {
    return request.settings.collection_id;
  } else if constexpr (requires { request.resource_arn; }) {
    if (wire::parse_stream_processor_arn(request.resource_arn))
      return std::string{};
    ROLLCALL_TRY(auto arn, wire::parse_collection_arn(request.resource_arn));
    return std::move(arn.collection_id);
  } else {
    return std::string{};
  }
}

template <class Request>
core::result<Request> decode_and_permit(request_context& context, wire::operation op, body_buffer& body) {
  const stage_watch watch{context.stages, stage::parse};
  ROLLCALL_TRY(auto request, wire::decode<Request>(body.view()));
  body = body_buffer{};
  ROLLCALL_TRY(const auto collection, collection_of(request));
  const auto action = "rekognition:" + std::string{context.operation};
  ROLLCALL_CHECK(context.with.gate.permit(context.who, {action, role_of(op), collection}));
  return request;
}

template <class Response>
std::string encode_timed(request_context& context, const Response& response) {
  const stage_watch watch{context.stages, stage::encode};
  return wire::encode(response);
}

template <class Request, class Response, answer<Response> (*Handler)(request_context&, Request)>
asio::awaitable<core::result<std::string>> run_one(request_context& context, wire::operation op, body_buffer& body) {
  ROLLCALL_CO_TRY(auto request, decode_and_permit<Request>(context, op, body));
  auto handling = Handler(context, std::move(request));
  ROLLCALL_CO_TRY(const auto response, co_await std::move(handling));
  co_return encode_timed(context, response);
}

constexpr std::array<runner, wire::all_operations.size()> runners{
#define ROLLCALL_RUNNER(code, text) &run_one<wire::code##_request, wire::code##_response, &code>,
    ROLLCALL_OPERATIONS(ROLLCALL_RUNNER)
#undef ROLLCALL_RUNNER
};

} // namespace

store::role role_of(wire::operation op) noexcept {
  using enum wire::operation;
  switch (op) {
    case describe_collection:
    case list_collections:
    case list_faces:
    case search_faces:
    case search_faces_by_image:
    case detect_faces:
    case compare_faces:
    case list_users:
    case search_users:
    case search_users_by_image:
    case list_tags_for_resource:
    case describe_stream_processor:
    case list_stream_processors:
    case start_face_detection:
    case get_face_detection:
    case start_face_search:
    case get_face_search:
    case start_person_tracking:
    case get_person_tracking:
      return store::role::search;
    case create_collection:
    case delete_collection:
    case index_faces:
    case delete_faces:
    case create_user:
    case delete_user:
    case associate_faces:
    case disassociate_faces:
    case tag_resource:
    case untag_resource:
    case create_stream_processor:
    case start_stream_processor:
    case stop_stream_processor:
    case update_stream_processor:
    case delete_stream_processor:
      return store::role::write;
  }
  return store::role::admin;
}

asio::awaitable<core::result<std::string>> run(request_context& context, wire::operation op, body_buffer& body) {
  return runners[static_cast<std::size_t>(op)](context, op, body);
}

} // namespace rollcall::front::operations
