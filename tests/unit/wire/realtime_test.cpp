// Headers of the ZeroMQ plane.
#include "wire/realtime.hpp"

#include "wire/codec.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

core::error_code code_of(std::string_view text) {
  const auto read = decode<realtime_query>(text);
  return read ? core::error_code::internal : read.failure().code;
}

TEST(realtime_query_test, has_the_defaults_of_the_operation_it_stands_for) {
  const auto read = decode<realtime_query>(R"({"Version":1,"Operation":"SearchFacesByImage","CollectionId":"staff"})");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(read->operation, realtime_operation::search_faces_by_image);
  EXPECT_EQ(read->max_faces, search_faces_by_image_request{}.max_faces);
  EXPECT_EQ(read->face_match_threshold, search_faces_by_image_request{}.face_match_threshold);
  EXPECT_EQ(read->quality_filter, search_faces_by_image_request{}.quality_filter);
  EXPECT_FALSE(read->accept_partial);
  EXPECT_EQ(read->timeout_ms, std::nullopt);
}

TEST(realtime_query_test, takes_all_its_members) {
  const auto read = decode<realtime_query>(
      R"({"Version":1,"Id":"a","Operation":"SearchFacesByEmbedding","CollectionId":"staff","MaxFaces":7,
          "FaceMatchThreshold":91.5,"QualityFilter":"HIGH","FaceModelVersion":"1.0","Purpose":"case 9",
          "AcceptPartial":true,"DecidesFrom":95,"TimeoutMillis":250,"After":9007199254740993,"MaxResults":5,
          "Camera":"gate","Unknown":{}})");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(read->id, "a");
  EXPECT_EQ(read->operation, realtime_operation::search_faces_by_embedding);
  EXPECT_EQ(read->max_faces, 7);
  EXPECT_EQ(read->face_match_threshold, 91.5F);
  EXPECT_EQ(read->quality_filter, quality_filter::high);
  EXPECT_EQ(read->face_model_version, "1.0");
  EXPECT_EQ(read->purpose, "case 9");
  EXPECT_TRUE(read->accept_partial);
  EXPECT_EQ(read->decides_from, 95);
  EXPECT_EQ(read->timeout_ms, 250);
  EXPECT_EQ(read->after, 9'007'199'254'740'993); // no double holds it
  EXPECT_EQ(read->max_results, 5);
  EXPECT_EQ(read->camera, "gate");
}

TEST(realtime_query_test, is_refused_where_something_is_wrong) {
  using enum core::error_code;
  EXPECT_EQ(code_of("{"), malformed);
  EXPECT_EQ(code_of(R"({"Version":"1","Operation":"ListEvents"})"), malformed);
  EXPECT_EQ(code_of("{}"), constraint_violation);
  EXPECT_EQ(code_of(R"({"Version":2,"Operation":"ListEvents"})"), constraint_violation);
  EXPECT_EQ(code_of(R"({"Version":1,"Operation":"IndexFaces"})"), constraint_violation);
  EXPECT_EQ(code_of(R"({"Version":1,"Operation":"ListEvents","After":-1})"), constraint_violation);
  EXPECT_EQ(code_of(R"({"Version":1,"Operation":"ListEvents","MaxResults":1001})"), constraint_violation);
  EXPECT_EQ(code_of(R"({"Version":1,"Operation":"SearchFacesByImage"})"), invalid_argument);
  EXPECT_EQ(code_of(R"({"Version":1,"Operation":"SearchFacesByEmbedding","CollectionId":"a"})"), invalid_argument);
}

TEST(pushed_frame_header_test, names_a_camera_and_perhaps_a_time) {
  const auto read = decode<pushed_frame_header>(R"({"Version":1,"Camera":"gate","CapturedMillis":1767225600000})");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(read->camera, "gate");
  EXPECT_EQ(read->captured_millis, 1'767'225'600'000);
  EXPECT_EQ(decode<pushed_frame_header>(R"({"Version":1,"Camera":"gate"})")->captured_millis, std::nullopt);
  EXPECT_FALSE(decode<pushed_frame_header>(R"({"Version":1,"Camera":"a/b"})"));
  EXPECT_FALSE(decode<pushed_frame_header>(R"({"Version":1})"));
}

TEST(realtime_reply_test, says_what_went_wrong_or_what_the_answer_stands_for) {
  realtime_reply reply;
  reply.request = "r";
  reply.headers["x-rollcall-exact"] = "true";
  EXPECT_EQ(encode(reply), R"({"Version":1,"RequestId":"r","Headers":{"x-rollcall-exact":"true"}})");
  realtime_reply failed;
  failed.id = "7";
  failed.request = "r";
  failed.error = "ThrottlingException";
  failed.message = "Slow down";
  EXPECT_EQ(encode(failed),
            R"({"Version":1,"Id":"7","RequestId":"r","Error":"ThrottlingException","Message":"Slow down"})");
}

} // namespace
} // namespace rollcall::wire
