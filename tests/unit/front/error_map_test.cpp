#include "front/error_map.hpp"

#include <gtest/gtest.h>

#include <set>

namespace rollcall::front {
namespace {

using core::error_code;

/// Every type that botocore's model of Rekognition has for our operations, and those of AWS's gateway.
const std::set<std::string_view> known_types{"AccessDeniedException",
                                             "ConflictException",
                                             "IdempotentParameterMismatchException",
                                             "ImageTooLargeException",
                                             "IncompleteSignatureException",
                                             "InternalServerError",
                                             "InvalidImageFormatException",
                                             "InvalidPaginationTokenException",
                                             "InvalidParameterException",
                                             "InvalidS3ObjectException",
                                             "InvalidSignatureException",
                                             "MissingAuthenticationTokenException",
                                             "ResourceAlreadyExistsException",
                                             "ResourceInUseException",
                                             "ResourceNotFoundException",
                                             "SerializationException",
                                             "ServiceQuotaExceededException",
                                             "ThrottlingException",
                                             "UnknownOperationException",
                                             "UnrecognizedClientException",
                                             "ValidationException"};

TEST(error_map, is_total_and_names_known_types_only) {
  for (std::size_t i = 0; i < core::error_code_count; ++i) {
    const auto mapped = to_protocol(static_cast<error_code>(i));
    EXPECT_TRUE(known_types.contains(mapped.type)) << i << " " << mapped.type;
    EXPECT_EQ(mapped.status, mapped.type == "InternalServerError" ? 500U : 400U) << i;
  }
}

TEST(error_map, has_names_of_their_own_for_what_begins_a_video_job) {
  using wire::operation;
  for (const auto op :
       {operation::start_face_detection, operation::start_face_search, operation::start_person_tracking}) {
    EXPECT_EQ(to_protocol(error_code::image_too_large, op).type, "VideoTooLargeException");
    EXPECT_EQ(to_protocol(error_code::quota_exceeded, op).type, "LimitExceededException");
    EXPECT_EQ(to_protocol(error_code::not_found, op).type, "ResourceNotFoundException");
  }
  EXPECT_EQ(to_protocol(error_code::image_too_large, operation::index_faces).type, "ImageTooLargeException");
  EXPECT_EQ(to_protocol(error_code::quota_exceeded, std::nullopt).type, "ServiceQuotaExceededException");
}

// A caller's SDK retries 500 and throttling only; what can succeed later must be one of the two.
TEST(error_map, lets_clients_retry_exactly_what_can_succeed_later) {
  for (std::size_t i = 0; i < core::error_code_count; ++i) {
    const auto code = static_cast<error_code>(i);
    const auto mapped = to_protocol(code);
    const bool clients_retry = mapped.status == 500 || mapped.type == "ThrottlingException";
    if (core::is_retryable(code)) {
      EXPECT_TRUE(clients_retry) << core::to_string(code);
    }
  }
}

TEST(error_map, writes_the_long_body_for_modelled_errors_and_the_short_one_for_the_gateways) {
  const auto modelled = error_reply(core::fail(error_code::not_found, "no such thing"), "id-1");
  EXPECT_EQ(modelled.status, 400U);
  EXPECT_EQ(modelled.content_type, "application/x-amz-json-1.1");
  EXPECT_NE(modelled.body.find(R"("Code":"ResourceNotFoundException")"), std::string::npos) << modelled.body;
  EXPECT_NE(modelled.body.find(R"("Logref":"id-1")"), std::string::npos) << modelled.body;
  const auto gateway = error_reply(core::fail(error_code::invalid_signature, "bad"), "id-2");
  EXPECT_NE(gateway.body.find(R"("__type":"InvalidSignatureException")"), std::string::npos) << gateway.body;
  EXPECT_NE(gateway.body.find(R"("message":"bad")"), std::string::npos) << gateway.body;
  EXPECT_EQ(gateway.body.find("Logref"), std::string::npos) << gateway.body;
}

TEST(error_map, tells_nothing_of_what_failed_inside) {
  const auto reply = error_reply(core::fail(error_code::corrupt, "row 17 of faces", "secret"), "id");
  EXPECT_EQ(reply.status, 500U);
  EXPECT_EQ(reply.body.find("row 17"), std::string::npos);
  EXPECT_EQ(reply.body.find("secret"), std::string::npos);
  EXPECT_NE(reply.body.find("Internal server error"), std::string::npos);
}

TEST(error_map, names_the_request_of_a_fault_for_whoever_reads_the_log) {
  const auto fault = error_reply(core::fail(error_code::unavailable, "away"), "id-3");
  EXPECT_NE(fault.body.find(R"_("Message":"away (request id-3: the server's log says more)")_"), std::string::npos)
      << fault.body;
  const auto mistake = error_reply(core::fail(error_code::not_found, "no such thing"), "id-4");
  EXPECT_NE(mistake.body.find(R"("Message":"no such thing")"), std::string::npos) << mistake.body;
}

TEST(error_map, falls_back_on_the_tables_text) {
  const auto reply = error_reply(core::fail(error_code::conflict, ""), "id");
  EXPECT_NE(reply.body.find(std::string{core::describe(error_code::conflict)}), std::string::npos);
}

} // namespace
} // namespace rollcall::front
