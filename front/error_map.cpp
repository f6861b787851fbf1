#include "front/error_map.hpp"

#include "core/log.hpp"
#include "wire/error_reply.hpp"

#include <string>

namespace rollcall::front {

namespace {

constexpr protocol_error modelled(std::string_view type) noexcept {
  return {type, 400, true};
}

constexpr protocol_error gateway_error(std::string_view type) noexcept {
  return {type, 400, false};
}

constexpr protocol_error fault{"InternalServerError", 500, true};

/// What may be told of a fault: a caller can act on these, the rest is for the operator.
std::string message_of(const core::error& failed) {
  using enum core::error_code;
  const bool is_private =
      failed.code == internal || failed.code == corrupt || failed.code == gap || failed.code == invalid_config;
  if (is_private)
    return "Internal server error";
  return failed.message.empty() ? std::string{core::describe(failed.code)} : failed.message;
}

bool begins_video_job(wire::operation op) noexcept {
  return op == wire::operation::start_face_detection || op == wire::operation::start_face_search
         || op == wire::operation::start_person_tracking;
}

} // namespace

protocol_error to_protocol(core::error_code code) noexcept {
  using enum core::error_code;
  switch (code) {
    case invalid_argument:
    case unsupported:
    case no_face:
    case model_mismatch:
      return modelled("InvalidParameterException");
    case constraint_violation:
      return gateway_error("ValidationException");
    case malformed:
      return gateway_error("SerializationException");
    case unknown_operation:
      return gateway_error("UnknownOperationException");
    case invalid_token:
      return modelled("InvalidPaginationTokenException");
    case invalid_image_format:
      return modelled("InvalidImageFormatException");
    case image_too_large:
      return modelled("ImageTooLargeException");
    case invalid_s3_object:
      return modelled("InvalidS3ObjectException");
    case not_found:
      return modelled("ResourceNotFoundException");
    case already_exists:
      return modelled("ResourceAlreadyExistsException");
    case conflict:
      return modelled("ConflictException");
    case in_use:
      return modelled("ResourceInUseException");
    case quota_exceeded:
    case over_budget:
      return modelled("ServiceQuotaExceededException");
    case idempotency_mismatch:
      return modelled("IdempotentParameterMismatchException");
    case missing_authentication:
      return gateway_error("MissingAuthenticationTokenException");
    case incomplete_signature:
      return gateway_error("IncompleteSignatureException");
    case unknown_client:
      return gateway_error("UnrecognizedClientException");
    case invalid_signature:
      return gateway_error("InvalidSignatureException");
    case access_denied:
      return modelled("AccessDeniedException");
    case overloaded:
      return modelled("ThrottlingException");
    case deadline_exceeded:
    case not_ready:
    case unavailable:
    case incomplete:
    case outcome_unknown:
    case gap:
    case storage_full:
    case corrupt:
    case invalid_config:
    case internal:
      return fault;
  }
  return fault;
}

protocol_error to_protocol(core::error_code code, std::optional<wire::operation> op) noexcept {
  if (op && begins_video_job(*op)) {
    if (code == core::error_code::image_too_large)
      return modelled("VideoTooLargeException");
    if (code == core::error_code::quota_exceeded)
      return modelled("LimitExceededException");
  }
  return to_protocol(code);
}

told_error tell(const core::error& failed, std::string_view request, std::optional<wire::operation> op) {
  told_error told{to_protocol(failed.code, op), message_of(failed)};
  if (told.mapped.status >= 500)
    told.message.append(" (request ").append(request).append(": the server's log says more)");
  return told;
}

void log_fault(const core::error& failed, std::string_view request, std::string_view operation) {
  if (to_protocol(failed.code).status < 500)
    return;
  core::log(core::log_level::failure, "front", "a request failed",
            {{"request", std::string{request}},
             {"operation", std::string{operation}},
             {"code", std::string{core::to_string(failed.code)}},
             {"message", failed.message},
             {"context", failed.context}});
}

http_reply error_reply(const core::error& failed, std::string_view request, std::optional<wire::operation> op) {
  const auto [mapped, message] = tell(failed, request, op);
  http_reply reply;
  reply.status = mapped.status;
  reply.content_type = "application/x-amz-json-1.1";
  reply.body = mapped.is_modelled ? wire::encode_error(mapped.type, message, request)
                                  : wire::encode_gateway_error(mapped.type, message);
  return reply;
}

} // namespace rollcall::front
