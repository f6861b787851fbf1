// Stream processors: what CreateStreamProcessor takes and refuses beyond the model's constraints, and the replies.
#include "wire/codec.hpp"

#include <gmock/gmock.h>

namespace rollcall::wire {
namespace {

using core::error_code;
using testing::HasSubstr;
using testing::Not;

const std::string role = R"("RoleArn":"arn:aws:iam::000000000000:role/any")";

std::string body_of(const std::string& input, const std::string& settings, const std::string& more = "") {
  return R"({"Name":"door","Input":)" + input + R"(,"Output":{},"Settings":)" + settings + "," + role + more + "}";
}

std::string input_of(const std::string& uri) {
  return R"({"KinesisVideoStream":{"Arn":")" + uri + "\"}}";
}

const std::string input = input_of("rtsp://u:word@camera/1");
const std::string settings = R"({"FaceSearch":{"CollectionId":"c"}})";

core::error refused(const std::string& body) {
  const auto read = decode<create_stream_processor_request>(body);
  EXPECT_FALSE(read) << body;
  return read ? core::error{} : read.failure();
}

float threshold_of(const std::string& sent) {
  return decode<create_stream_processor_request>(
             body_of(input, R"({"FaceSearch":{"CollectionId":"c","FaceMatchThreshold":)" + sent + "}}"))
      ->settings.face_match_threshold;
}

TEST(streams, read_every_member_of_create_stream_processor) {
  const auto read = decode<create_stream_processor_request>(
      R"({"Name":"door","Input":)" + input + R"(,"Settings":)" + settings + "," + role
      + R"(,"Output":{"KinesisDataStream":{"Arn":"arn:aws:kinesis:eu-west-1:000000000000:stream/s"},)"
        R"("S3Destination":{"Bucket":"bucket","KeyPrefix":"p/"}},"Tags":{"a":"b"},)"
        R"("NotificationChannel":{"SNSTopicArn":"arn:aws:sns:eu-west-1:000000000000:t"},)"
        R"("DataSharingPreference":{"OptIn":true},"KmsKeyId":null})");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(read->name, "door");
  EXPECT_EQ(read->input.uri, "rtsp://u:word@camera/1");
  EXPECT_EQ(read->settings.collection_id, "c");
  EXPECT_EQ(read->settings.face_match_threshold, 80);
  EXPECT_EQ(read->output.kinesis_arn, "arn:aws:kinesis:eu-west-1:000000000000:stream/s");
  EXPECT_EQ(read->output.s3_bucket, "bucket");
  EXPECT_EQ(read->output.s3_key_prefix, "p/");
  EXPECT_EQ(read->role_arn, "arn:aws:iam::000000000000:role/any");
  EXPECT_EQ(read->tags, (tag_map{{"a", "b"}}));
  ASSERT_TRUE(read->notification && read->data_sharing);
  EXPECT_EQ(read->notification->sns_topic_arn, "arn:aws:sns:eu-west-1:000000000000:t");
  EXPECT_TRUE(read->data_sharing->opt_in);
}

TEST(streams, are_searched_with_a_similarity_of_80_at_least) {
  EXPECT_EQ(threshold_of("0"), 80);
  EXPECT_EQ(threshold_of("79.99"), 80);
  EXPECT_EQ(threshold_of("80.5"), 80.5F);
  EXPECT_EQ(threshold_of("100"), 100);
  EXPECT_EQ(refused(body_of(input, R"({"FaceSearch":{"CollectionId":"c","FaceMatchThreshold":100.5}})")).code,
            error_code::constraint_violation);
}

TEST(streams, must_be_uris_that_the_refusal_names) {
  const auto kinesis = refused(body_of(input_of("arn:aws:kinesisvideo:eu-west-1:123456789012:stream/a/1"), settings));
  EXPECT_EQ(kinesis.code, error_code::invalid_argument);
  EXPECT_THAT(kinesis.message, HasSubstr("Input.KinesisVideoStream.Arn can't be that of a stream in Kinesis"));
  EXPECT_THAT(kinesis.message, HasSubstr("rtsp://"));
  for (const std::string none : {"{}", R"({"KinesisVideoStream":{}})", R"({"KinesisVideoStream":{"Arn":null}})"})
    EXPECT_THAT(refused(body_of(none, settings)).message, HasSubstr("Input must have a KinesisVideoStream")) << none;
  const auto misspelt = refused(body_of(input_of("rtps://u:word@camera"), settings));
  EXPECT_THAT(misspelt.message + misspelt.context, Not(HasSubstr("word")));
}

TEST(streams, are_searched_for_faces_only) {
  const auto home = refused(body_of(input, R"({"ConnectedHome":{"Labels":["PERSON"]}})"));
  EXPECT_EQ(home.code, error_code::invalid_argument);
  EXPECT_THAT(home.message, HasSubstr("Settings can't have ConnectedHome"));
  EXPECT_THAT(refused(body_of(input, "{}")).message, HasSubstr("FaceSearch with a CollectionId"));
  EXPECT_THAT(refused(body_of(input, R"({"FaceSearch":{}})")).message, HasSubstr("FaceSearch with a CollectionId"));
  for (const std::string more : {R"("KmsKeyId":"k")", R"("RegionsOfInterest":[{}])"}) {
    const auto failed = refused(body_of(input, settings, "," + more));
    EXPECT_EQ(failed.code, error_code::invalid_argument) << more;
    EXPECT_THAT(failed.message, HasSubstr(more.substr(1, more.find(':') - 2) + " is for label detection"));
  }
  for (const std::string more : {R"("StartSelector":{})", R"("StopSelector":{"MaxDurationInSeconds":5})"})
    EXPECT_EQ(decode<start_stream_processor_request>(R"({"Name":"a",)" + more + "}").failure().code,
              error_code::invalid_argument);
}

TEST(streams, have_arns_of_a_length) {
  const std::string longest = "arn:aws:iam::000000000000:role/" + std::string(2'048 - 31, 'a');
  const auto with_role = [](const std::string& arn) {
    return R"({"Name":"door","Input":)" + input + R"(,"Output":{},"Settings":)" + settings + R"(,"RoleArn":")" + arn
           + "\"}";
  };
  EXPECT_TRUE(decode<create_stream_processor_request>(with_role(longest)));
  EXPECT_EQ(refused(with_role(longest + "a")).code, error_code::invalid_argument);
}

TEST(streams, can_only_be_updated_in_their_sharing) {
  EXPECT_TRUE(decode<update_stream_processor_request>(R"({"Name":"a","DataSharingPreferenceForUpdate":{"OptIn":true}})")
                  ->data_sharing->opt_in);
  EXPECT_FALSE(decode<update_stream_processor_request>(R"({"Name":"a"})")->data_sharing);
  for (const std::string more :
       {R"("SettingsForUpdate":{})", R"("RegionsOfInterestForUpdate":[])", R"("ParametersToDelete":["x"])"})
    EXPECT_EQ(decode<update_stream_processor_request>(R"({"Name":"a",)" + more + "}").failure().code,
              error_code::invalid_argument)
        << more;
}

TEST(streams, are_written) {
  EXPECT_EQ(encode(create_stream_processor_response{"arn:p"}), R"({"StreamProcessorArn":"arn:p"})");
  EXPECT_EQ(encode(list_stream_processors_response{{{"a", stream_status::running}}, "next"}),
            R"({"NextToken":"next","StreamProcessors":[{"Name":"a","Status":"RUNNING"}]})");
  EXPECT_EQ(encode(list_stream_processors_response{}), R"({"StreamProcessors":[]})");
  EXPECT_EQ(encode(start_stream_processor_response{}), "{}");
  EXPECT_EQ(encode(stop_stream_processor_response{}), "{}");
  EXPECT_EQ(encode(update_stream_processor_response{}), "{}");
  EXPECT_EQ(encode(delete_stream_processor_response{}), "{}");
  describe_stream_processor_response told;
  told.name = "a";
  told.stream_processor_arn = "arn:p";
  told.status = stream_status::failed;
  told.status_message = "gone";
  told.input.uri = "zmq://a";
  told.settings = {"c", 90};
  told.details.role_arn = "arn:r";
  told.details.tags = {{"a", "b"}};
  EXPECT_EQ(encode(told), R"({"Name":"a","StreamProcessorArn":"arn:p","Status":"FAILED","StatusMessage":"gone",)"
                          R"("CreationTimestamp":0.000,"LastUpdateTimestamp":0.000,)"
                          R"("Input":{"KinesisVideoStream":{"Arn":"zmq://a"}},)"
                          R"("Settings":{"FaceSearch":{"CollectionId":"c","FaceMatchThreshold":90}},)"
                          R"("Output":{},"RoleArn":"arn:r"})");
}

TEST(streams, have_details_that_are_read_as_they_were_written) {
  stream_details written;
  written.output.kinesis_arn = "arn:aws:kinesis:eu-west-1:000000000000:stream/s";
  written.output.s3_bucket = "bucket";
  written.role_arn = "arn:aws:iam::000000000000:role/any";
  written.tags = {{"a", "b"}};
  written.notification.emplace().sns_topic_arn = "arn:aws:sns:eu-west-1:000000000000:t";
  written.data_sharing.emplace().opt_in = true;
  const auto text = encode(written);
  const auto read = decode<stream_details>(text);
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(encode(*read), text);
  EXPECT_EQ(read->tags, written.tags);
  EXPECT_EQ(text, R"({"Output":{"KinesisDataStream":{"Arn":"arn:aws:kinesis:eu-west-1:000000000000:stream/s"},)"
                  R"("S3Destination":{"Bucket":"bucket"}},"RoleArn":"arn:aws:iam::000000000000:role/any",)"
                  R"("NotificationChannel":{"SNSTopicArn":"arn:aws:sns:eu-west-1:000000000000:t"},)"
                  R"("DataSharingPreference":{"OptIn":true},"Tags":{"a":"b"}})");
}

} // namespace
} // namespace rollcall::wire
