#include "wire/error_reply.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

TEST(error_reply, has_the_four_keys_of_rekognition) {
  EXPECT_EQ(encode_error("InvalidS3ObjectException", "say \"why\"\n", "03507c9b"),
            R"({"__type":"InvalidS3ObjectException","Code":"InvalidS3ObjectException","Logref":"03507c9b",)"
            R"("Message":"say \"why\"\u000a"})");
}

TEST(error_reply, has_two_keys_before_rekognition_is_reached) {
  EXPECT_EQ(encode_gateway_error("ValidationException", "1 validation error"),
            R"({"__type":"ValidationException","message":"1 validation error"})");
}

TEST(error_reply, is_valid_utf8_whatever_the_message) {
  EXPECT_EQ(encode_gateway_error("T", "a\xFF\xC3z\xC3\xA9\xED\xA0\x80\xF0\x9F\x98\x80\xF4\x90\x80\x80\xC0\x80"),
            "{\"__type\":\"T\",\"message\":\"a\xEF\xBF\xBD\xEF\xBF\xBDz\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
            "\xF0\x9F\x98\x80\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"}");
}

} // namespace
} // namespace rollcall::wire
