#include "wire/codec.hpp"

#include "tests/unit/wire/any_request.hpp"

#include <gmock/gmock.h>

namespace rollcall::wire {
namespace {

using core::error_code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

const std::string one_id = "00000000-0000-4000-8000-000000000001";
const std::string two_id = "00000000-0000-4000-8000-000000000002";

core::face_id face_of(std::string_view text) {
  return {*core::parse_uuid(text)};
}

TEST(decode, reads_every_member_of_index_faces) {
  const auto read = decode<index_faces_request>(R"({"CollectionId":"c","Image":{"Bytes":"/9j/4AAQ"},)"
                                                R"("ExternalImageId":"x:1","DetectionAttributes":["AGE_RANGE"],)"
                                                R"("MaxFaces":3,"QualityFilter":"HIGH"})");
  ASSERT_TRUE(read);
  EXPECT_EQ(read->collection_id, "c");
  ASSERT_TRUE(read->image.bytes);
  EXPECT_EQ(**read->image.bytes, (core::bytes{0xFF, 0xD8, 0xFF, 0xE0, 0x00, 0x10}));
  EXPECT_FALSE(read->image.s3);
  EXPECT_EQ(read->external_image_id, "x:1");
  EXPECT_TRUE(read->detection_attributes.wants(attribute::age_range));
  EXPECT_FALSE(read->detection_attributes.wants(attribute::smile));
  EXPECT_EQ(read->max_faces, 3);
  EXPECT_EQ(read->quality_filter, quality_filter::high);
}

TEST(decode, applies_the_defaults_of_the_api) {
  const std::string picture = R"("Image":{"Bytes":"AAAA"})";
  const auto index = decode<index_faces_request>("{\"CollectionId\":\"c\"," + picture + "}");
  EXPECT_EQ(index->quality_filter, quality_filter::automatic);
  EXPECT_FALSE(index->max_faces);
  EXPECT_FALSE(index->external_image_id);
  EXPECT_FALSE(index->detection_attributes.wants_more_than_default());
  EXPECT_TRUE(index->detection_attributes.wants(attribute::standard));
  const auto by_image = decode<search_faces_by_image_request>("{\"CollectionId\":\"c\"," + picture + "}");
  EXPECT_EQ(by_image->quality_filter, quality_filter::none);
  EXPECT_EQ(by_image->face_match_threshold, 80);
  EXPECT_EQ(by_image->max_faces, 100);
  const auto search = decode<search_faces_request>(R"({"CollectionId":"c","FaceId":")" + one_id + "\"}");
  EXPECT_EQ(search->face_match_threshold, 80);
  EXPECT_EQ(search->max_faces, 100);
  const auto compare =
      decode<compare_faces_request>(R"({"SourceImage":{"Bytes":"AAAA"},"TargetImage":{"Bytes":"AAAA"}})");
  EXPECT_EQ(compare->quality_filter, quality_filter::none);
  EXPECT_EQ(compare->similarity_threshold, 80);
  const auto associate =
      decode<associate_faces_request>(R"({"CollectionId":"c","UserId":"u","FaceIds":[")" + one_id + "\"]}");
  EXPECT_EQ(associate->user_match_threshold, 75);
  const auto users = decode<search_users_request>(R"({"CollectionId":"c","UserId":"u"})");
  EXPECT_EQ(users->user_match_threshold, 80);
  EXPECT_EQ(users->max_users, 100);
  const auto users_by_image = decode<search_users_by_image_request>("{\"CollectionId\":\"c\"," + picture + "}");
  EXPECT_EQ(users_by_image->user_match_threshold, 80);
  EXPECT_EQ(users_by_image->max_users, 100);
  EXPECT_EQ(users_by_image->quality_filter, quality_filter::none);
  EXPECT_FALSE(decode<list_collections_request>("{}")->max_results);
}

TEST(decode, reads_numbers_in_either_form) {
  const auto read = decode<search_faces_request>(R"({"CollectionId":"c","FaceId":")" + one_id
                                                 + R"(","MaxFaces":12.0,"FaceMatchThreshold":99})");
  EXPECT_EQ(read->max_faces, 12);
  EXPECT_EQ(read->face_match_threshold, 99.0F);
  const auto huge =
      decode<index_faces_request>(R"({"CollectionId":"c","Image":{"Bytes":"AAAA"},"MaxFaces":18446744073709551615})");
  EXPECT_EQ(huge->max_faces, std::numeric_limits<int>::max());
}

TEST(decode, reads_objects_in_buckets) {
  const auto read = decode<detect_faces_request>(
      R"({"Image":{"S3Object":{"Bucket":"photos","Name":"a/b.jpg","Version":"7"}},"Attributes":["ALL","DEFAULT"]})");
  ASSERT_TRUE(read);
  ASSERT_TRUE(read->image.s3);
  EXPECT_FALSE(read->image.bytes);
  EXPECT_EQ(read->image.s3->bucket, "photos");
  EXPECT_EQ(read->image.s3->name, "a/b.jpg");
  EXPECT_EQ(read->image.s3->version, "7");
  EXPECT_TRUE(read->attributes.wants(attribute::sunglasses));
}

TEST(decode, keeps_the_first_of_each_face_id_in_the_order_sent) {
  const auto read = decode<delete_faces_request>(R"({"CollectionId":"c","FaceIds":[")" + two_id + "\",\"" + one_id
                                                 + "\",\"" + two_id + "\"]}");
  EXPECT_THAT(read->face_ids, ElementsAre(face_of(two_id), face_of(one_id)));
}

TEST(decode, reads_tags_and_tag_keys) {
  EXPECT_THAT(decode<create_collection_request>(R"({"CollectionId":"c","Tags":{"b":"","a":"\u00e9"}})")->tags,
              ElementsAre(Pair("a", "é"), Pair("b", "")));
  EXPECT_THAT(decode<untag_resource_request>(R"({"ResourceArn":"12345678901234567890","TagKeys":["b","a"]})")->tag_keys,
              ElementsAre("b", "a"));
}

TEST(decode, wants_exactly_one_probe_of_search_users) {
  const auto decoded = [](const std::string& members) {
    return decode<search_users_request>("{\"CollectionId\":\"c\"" + members + "}");
  };
  const auto face = ",\"FaceId\":\"" + one_id + '"';
  EXPECT_EQ(*decoded(face)->face_id, face_of(one_id));
  EXPECT_EQ(*decoded(",\"UserId\":\"u\"")->user_id, "u");
  EXPECT_EQ(decoded("").failure().code, error_code::invalid_argument);
  EXPECT_EQ(decoded("").failure().message, "One of UserId and FaceId must be given.");
  EXPECT_EQ(decoded(face + ",\"UserId\":\"u\"").failure().message,
            "UserId and FaceId exclude each other: give only one.");
  EXPECT_EQ(decoded(face + ",\"UserId\":\"\"").failure().code, error_code::constraint_violation);
}

TEST(decode, names_the_picture_that_is_wrong) {
  const auto read = decode<compare_faces_request>(R"({"SourceImage":{"Bytes":"AAAA"},"TargetImage":{}})");
  EXPECT_EQ(read.failure().message, "TargetImage must have one of Bytes and S3Object; it has neither.");
  const auto empty = decode<compare_faces_request>(R"({"SourceImage":{"Bytes":""},"TargetImage":{"Bytes":"AAAA"}})");
  EXPECT_EQ(empty.failure().message, "1 validation error detected: Value '[0 bytes]' at 'sourceImage.bytes' failed to "
                                     "satisfy constraint: Member must have length greater than or equal to 1");
}

TEST(decode, writes_violations_as_aws_does) {
  EXPECT_EQ(decode<list_collections_request>(R"({"MaxResults":5000})").failure().message,
            "1 validation error detected: Value '5000' at 'maxResults' failed to satisfy constraint: Member must have "
            "value less than or equal to 4096");
  EXPECT_EQ(decode<create_collection_request>(R"({"CollectionId":"","Tags":{"k":"\u0001"}})").failure().message,
            "3 validation errors detected: Value '' at 'collectionId' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1; Value '' at 'collectionId' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.\\-]+; Value '\x01' at 'tags' failed to satisfy "
            "constraint: Map value must satisfy constraint: [Member must satisfy regular expression pattern: "
            "^([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)$]");
}

TEST(decode, counts_all_violations_but_lists_ten_and_shortens_values) {
  std::string body = R"({"CollectionId":")" + std::string(5'000, '/') + R"(","FaceIds":["x")";
  for (int i = 1; i < 4'000; ++i)
    body += ",\"x\"";
  const auto message = decode<delete_faces_request>(body + "]}").failure().message;
  EXPECT_THAT(message, testing::StartsWith("4002 validation errors detected: Value '//"));
  EXPECT_THAT(message, HasSubstr(std::string(100, '/') + "...' at 'collectionId'"));
  EXPECT_THAT(message, HasSubstr("faceIds.8.member"));
  EXPECT_THAT(message, testing::Not(HasSubstr("faceIds.9.member")));
}

TEST(decode, checks_types_before_constraints) {
  EXPECT_EQ(decode<list_faces_request>(R"({"CollectionId":"","MaxResults":"many"})").failure().code,
            error_code::malformed);
  EXPECT_EQ(decode<list_faces_request>(R"({"CollectionId":"","MaxResults":"many"})").failure().message,
            "The member 'maxResults' must be an integer.");
}

TEST(decode, ignores_unknown_members_and_the_case_of_known_ones) {
  EXPECT_TRUE(decode<list_collections_request>(R"({"maxResults":"not ours","X":[{}]})"));
}

TEST(decode, takes_an_empty_body_for_an_empty_object) {
  EXPECT_TRUE(decode<list_collections_request>(""));
  EXPECT_EQ(decode<describe_collection_request>("").failure().code, error_code::constraint_violation);
}

TEST(decode, reads_pictures_whose_slashes_are_escaped) {
  std::string escaped;
  for (int i = 0; i < 1'000'000; ++i)
    escaped += "\\/9j\\/";
  const auto read = decode<detect_faces_request>("{\"Image\":{\"Bytes\":\"" + escaped + "\"}}");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ((*read->image.bytes)->size(), 3'000'000U);
  EXPECT_EQ((*read->image.bytes)->back(), 0xFF);
}

TEST(decode, reads_two_pictures_of_the_largest_size) {
  const std::string picture = "{\"Bytes\":\"" + std::string(6'990'504, 'A') + "AAA=\"}";
  const auto read = decode<compare_faces_request>("{\"SourceImage\":" + picture + ",\"TargetImage\":" + picture + "}");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ((*read->target_image.bytes)->size(), max_image_bytes);
}

} // namespace
} // namespace rollcall::wire
