// Stored videos: what the requests take beyond the model's constraints, their page tokens, and the replies.
#include "wire/codec.hpp"
#include "wire/page_token.hpp"

#include <gmock/gmock.h>

namespace rollcall::wire {
namespace {

using testing::HasSubstr;

const std::string film = R"("Video":{"S3Object":{"Bucket":"films","Name":"door.mp4"}})";

TEST(videos, read_every_member_of_start_face_search) {
  const auto read = decode<start_face_search_request>(
      "{" + film
      + R"(,"CollectionId":"c","FaceMatchThreshold":12.5,"ClientRequestToken":"t","JobTag":"a/b:c",)"
        R"("NotificationChannel":null})");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(read->video.s3.bucket, "films");
  EXPECT_EQ(read->video.s3.name, "door.mp4");
  EXPECT_FALSE(read->video.s3.version);
  EXPECT_EQ(read->collection_id, "c");
  EXPECT_EQ(read->face_match_threshold, 12.5F);
  EXPECT_EQ(read->client_request_token, "t");
  EXPECT_EQ(read->job_tag, "a/b:c");
}

TEST(videos, have_the_defaults_of_the_model) {
  EXPECT_EQ(decode<start_face_search_request>("{" + film + R"(,"CollectionId":"c"})")->face_match_threshold, 80);
  EXPECT_EQ(decode<start_face_detection_request>("{" + film + "}")->face_attributes, video_attributes::standard);
  EXPECT_EQ(decode<start_face_detection_request>("{" + film + R"(,"FaceAttributes":"ALL"})")->face_attributes,
            video_attributes::all);
  const auto get = decode<get_person_tracking_request>(R"({"JobId":"j"})");
  ASSERT_TRUE(get);
  EXPECT_EQ(get->sort_by, video_sort::timestamp);
  EXPECT_FALSE(get->max_results || get->next_token);
}

TEST(videos, can_not_be_told_of_by_sns_and_the_refusal_says_what_to_do) {
  const auto refused = decode<start_person_tracking_request>(
      "{" + film
      + R"(,"NotificationChannel":{"SNSTopicArn":"arn:aws:sns:eu-west-1:000000000000:t",)"
        R"("RoleArn":"arn:aws:iam::000000000000:role/r"}})");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.failure().code, core::error_code::invalid_argument);
  EXPECT_THAT(refused.failure().message, HasSubstr("NotificationChannel can't be served"));
  EXPECT_THAT(refused.failure().message, HasSubstr("JobStatus is SUCCEEDED or FAILED"));
}

TEST(videos, have_page_tokens_of_the_job_and_its_order_alone) {
  const std::string key(32, 'k');
  const auto secret = core::as_bytes(key);
  get_face_search_request request;
  request.job_id = "a";
  const auto token = make_page_token(secret, scope_of(request), "1.0.7");
  EXPECT_EQ(*open_page_token(secret, scope_of(request), token), "1.0.7");
  request.sort_by = video_sort::index;
  EXPECT_FALSE(open_page_token(secret, scope_of(request), token));
  request.sort_by = video_sort::timestamp;
  request.job_id = "b";
  EXPECT_FALSE(open_page_token(secret, scope_of(request), token));
  get_person_tracking_request other;
  other.job_id = "a";
  EXPECT_FALSE(open_page_token(secret, scope_of(other), token));
}

TEST(videos, are_written) {
  video_job_state job;
  job.job_id = "j";
  job.video.s3 = {"films", "door.mp4", std::nullopt};
  EXPECT_EQ(encode(get_face_detection_response{job, {}}),
            R"({"JobStatus":"IN_PROGRESS","JobId":"j","Video":{"S3Object":{"Bucket":"films","Name":"door.mp4"}},)"
            R"("Faces":[]})");
  job.status = video_job_status::succeeded;
  job.metadata = encode_part(video_metadata{"h264", 4'000, "QuickTime / MOV", 25, 720, 1280});
  job.next_token = "n";
  job.job_tag = "t";
  EXPECT_EQ(encode(get_face_search_response{job, {{40, 1, "{}", "[]"}, {80, 0, "{}", ""}}}),
            R"({"JobStatus":"SUCCEEDED","VideoMetadata":{"Codec":"h264","DurationMillis":4000,)"
            R"("Format":"QuickTime / MOV","FrameRate":25,"FrameHeight":720,"FrameWidth":1280},"NextToken":"n",)"
            R"("JobId":"j","Video":{"S3Object":{"Bucket":"films","Name":"door.mp4"}},"JobTag":"t",)"
            R"("Persons":[{"Timestamp":40,"Person":{"Index":1,"Face":{}},"FaceMatches":[]},)"
            R"({"Timestamp":80,"Person":{"Index":0,"Face":{}}}]})");
  EXPECT_EQ(encode_part(video_metadata{"mjpeg", 0, "AVI", 0, 1, 2}),
            R"({"Codec":"mjpeg","Format":"AVI","FrameHeight":1,"FrameWidth":2})");
}

} // namespace
} // namespace rollcall::wire
