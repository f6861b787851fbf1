#include "wire/arn.hpp"

#include <gtest/gtest.h>

namespace rollcall::wire {
namespace {

TEST(arn, is_written_in_full_and_read_back) {
  const auto text = make_collection_arn({"eu-west-1", "123456789012"}, "my.collection-1_a");
  EXPECT_EQ(text, "arn:aws:rekognition:eu-west-1:123456789012:collection/my.collection-1_a");
  const auto read = parse_collection_arn(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->scope.region, "eu-west-1");
  EXPECT_EQ(read->scope.account, "123456789012");
  EXPECT_EQ(read->collection_id, "my.collection-1_a");
}

TEST(arn, of_a_stream_processor_is_written_in_full_and_read_back) {
  const auto text = make_stream_processor_arn({"eu-west-1", "123456789012"}, "door.1");
  EXPECT_EQ(text, "arn:aws:rekognition:eu-west-1:123456789012:streamprocessor/door.1");
  const auto read = parse_stream_processor_arn(text);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->scope.region, "eu-west-1");
  EXPECT_EQ(read->name, "door.1");
  EXPECT_TRUE(parse_stream_processor_arn(make_stream_processor_arn({}, std::string(128, 'a'))));
  EXPECT_FALSE(parse_stream_processor_arn(make_stream_processor_arn({}, std::string(129, 'a'))));
  EXPECT_FALSE(parse_stream_processor_arn(make_collection_arn({}, "door")));
}

TEST(arn, is_read_without_its_prefix_and_in_other_partitions) {
  EXPECT_EQ(parse_collection_arn("aws:rekognition:us-west-2:123456789012:collection/c")->collection_id, "c");
  EXPECT_EQ(parse_collection_arn("arn:aws-cn:rekognition:cn-north-1:123456789012:collection/c")->collection_id, "c");
}

TEST(arn, of_anything_else_is_refused) {
  for (const std::string text : {
           "",
           "arn:",
           "collection/c",
           "arn:aws:rekognition:us-west-2:123456789012",
           "arn:aws:rekognition:us-west-2:123456789012:collection",
           "arn:aws:rekognition:us-west-2:123456789012:collection/",
           "arn:aws:rekognition:us-west-2:123456789012:collection/a b",
           "arn:aws:rekognition:us-west-2:123456789012:collection/a/b",
           "arn:aws:rekognition:us-west-2:123456789012:streamprocessor/c",
           "arn:aws:rekognition:us-west-2:12345678901:collection/c",
           "arn:aws:rekognition:us-west-2:12345678901a:collection/c",
           "arn:aws:rekognition::123456789012:collection/c",
           "arn:aws:s3:us-west-2:123456789012:collection/c",
           "arn:gcp:rekognition:us-west-2:123456789012:collection/c",
           "arn:arn:aws:rekognition:us-west-2:123456789012:collection/c",
       }) {
    const auto read = parse_collection_arn(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.failure().code, core::error_code::invalid_argument);
  }
  EXPECT_TRUE(parse_collection_arn(make_collection_arn({}, std::string(255, 'a'))));
  EXPECT_FALSE(parse_collection_arn(make_collection_arn({}, std::string(256, 'a'))));
}

} // namespace
} // namespace rollcall::wire
