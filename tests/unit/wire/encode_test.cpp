#include "wire/codec.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace rollcall::wire {
namespace {

const std::string id_text = "00000000-0000-4000-8000-000000000001";
const core::face_id an_id{*core::parse_uuid(id_text)};

face a_face() {
  face one;
  one.face_id = an_id;
  one.image_id = {an_id.id};
  one.bounding_box = {0.25F, -0.125F, 0.5F, 1.0625F};
  one.confidence = 99.9F;
  return one;
}

const std::string a_face_text = R"({"FaceId":"00000000-0000-4000-8000-000000000001",)"
                                R"("BoundingBox":{"Width":0.5,"Height":1.0625,"Left":0.25,"Top":-0.125},)"
                                R"("ImageId":"00000000-0000-4000-8000-000000000001","Confidence":99.9})";

face_detail a_detail() {
  face_detail one;
  one.bounding_box = {0, 0, 1, 1};
  one.confidence = 100;
  one.landmarks = {{landmark_type::eye_left, 0.1F, 0.2F}};
  one.pose = {-1.5F, 0, 180};
  one.quality = {50, 60};
  return one;
}

const std::string a_box_text = R"("BoundingBox":{"Width":1,"Height":1,"Left":0,"Top":0})";
const std::string default_text = R"("Landmarks":[{"Type":"eyeLeft","X":0.1,"Y":0.2}],)"
                                 R"("Pose":{"Roll":-1.5,"Yaw":0,"Pitch":180},)"
                                 R"("Quality":{"Brightness":50,"Sharpness":60},"Confidence":100)";
const std::string a_detail_text = "{" + a_box_text + "," + default_text + "}";

TEST(encode, collections) {
  EXPECT_EQ(encode(create_collection_response{200, "arn:c", "1.0"}),
            R"({"StatusCode":200,"CollectionArn":"arn:c","FaceModelVersion":"1.0"})");
  EXPECT_EQ(encode(delete_collection_response{}), R"({"StatusCode":200})");
  EXPECT_EQ(encode(describe_collection_response{12, std::numeric_limits<std::uint64_t>::max(), "1.0", "arn:c",
                                                core::wall_time{std::chrono::milliseconds{1'533'422'155'042}}}),
            R"({"FaceCount":12,"FaceModelVersion":"1.0","CollectionARN":"arn:c",)"
            R"("CreationTimestamp":1533422155.042,"UserCount":18446744073709551615})");
  EXPECT_EQ(encode(list_collections_response{{{"a", "1.0"}, {"b", "2.0"}}, "next"}),
            R"({"CollectionIds":["a","b"],"NextToken":"next","FaceModelVersions":["1.0","2.0"]})");
  EXPECT_EQ(encode(list_collections_response{}), R"({"CollectionIds":[],"FaceModelVersions":[]})");
}

TEST(encode, timestamps_in_seconds_with_three_decimals) {
  const auto written = [](std::int64_t milliseconds) {
    describe_collection_response response;
    response.creation_timestamp = core::wall_time{std::chrono::milliseconds{milliseconds}};
    const auto text = encode(response);
    const auto from = text.find("Timestamp\":") + 11;
    return text.substr(from, text.find(',', from) - from);
  };
  EXPECT_EQ(written(0), "0.000");
  EXPECT_EQ(written(1), "0.001");
  EXPECT_EQ(written(1'700'000'000'090), "1700000000.090");
  EXPECT_EQ(written(-1), "-0.001");
}

TEST(encode, index_faces) {
  index_faces_response response;
  response.face_records.push_back({a_face(), a_detail()});
  response.unindexed_faces.push_back({{face_reason::exceeds_max_faces, face_reason::low_face_quality}, a_detail()});
  response.face_model_version = "1.0";
  EXPECT_EQ(encode(response), R"({"FaceRecords":[{"Face":)" + a_face_text + R"(,"FaceDetail":)" + a_detail_text
                                  + R"(}],"FaceModelVersion":"1.0","UnindexedFaces":[{"Reasons":)"
                                  + R"(["EXCEEDS_MAX_FACES","LOW_FACE_QUALITY"],"FaceDetail":)" + a_detail_text
                                  + "}]}");
}

TEST(encode, lists_and_deletions_of_faces) {
  auto one = a_face();
  one.external_image_id = "x:1";
  one.index_faces_model_version = "1.0";
  one.user_id = "u";
  auto text = a_face_text;
  text.insert(text.find(R"(,"Confidence")"), R"(,"ExternalImageId":"x:1")");
  text.insert(text.size() - 1, R"(,"IndexFacesModelVersion":"1.0","UserId":"u")");
  EXPECT_EQ(encode(list_faces_response{{one}, "t", "1.0"}),
            R"({"Faces":[)" + text + R"(],"NextToken":"t","FaceModelVersion":"1.0"})");
  EXPECT_EQ(encode(delete_faces_response{{an_id},
                                         {{an_id, "u", std::nullopt, {face_failure::associated_to_an_existing_user}},
                                          {an_id, std::nullopt, std::nullopt, {face_failure::face_not_found}}}}),
            R"({"DeletedFaces":[")" + id_text + R"("],"UnsuccessfulFaceDeletions":[{"FaceId":")" + id_text
                + R"(","UserId":"u","Reasons":["ASSOCIATED_TO_AN_EXISTING_USER"]},{"FaceId":")" + id_text
                + R"(","Reasons":["FACE_NOT_FOUND"]}]})");
}

TEST(encode, searches_of_faces) {
  const std::string matches = R"("FaceMatches":[{"Similarity":98.5,"Face":)" + a_face_text + "}]";
  EXPECT_EQ(encode(search_faces_response{an_id, {{98.5F, a_face()}}, "1.0"}),
            R"({"SearchedFaceId":")" + id_text + "\"," + matches + R"(,"FaceModelVersion":"1.0"})");
  EXPECT_EQ(encode(search_faces_by_image_response{{0, 0, 1, 1}, 99, {{98.5F, a_face()}}, "1.0"}),
            R"({"SearchedFaceBoundingBox":{"Width":1,"Height":1,"Left":0,"Top":0},"SearchedFaceConfidence":99,)"
                + matches + R"(,"FaceModelVersion":"1.0"})");
  EXPECT_EQ(encode(search_faces_response{an_id, {}, "1.0"}),
            R"({"SearchedFaceId":")" + id_text + R"(","FaceMatches":[],"FaceModelVersion":"1.0"})");
}

TEST(encode, every_attribute_of_a_detected_face) {
  auto one = a_detail();
  one.age_range = {20, 30};
  one.smile = {true, 99};
  one.eyeglasses = {false, 98};
  one.sunglasses = {false, 97};
  one.gender = {gender_type::female, 96};
  one.beard = {false, 95};
  one.mustache = {false, 94};
  one.eyes_open = {true, 93};
  one.mouth_open = {false, 92};
  one.emotions = {{emotion_type::happy, 91}, {emotion_type::fear, 1}};
  one.face_occluded = {false, 90};
  one.eye_direction = {1, 2, 89};
  EXPECT_EQ(encode(detect_faces_response{{one}}),
            R"({"FaceDetails":[{)" + a_box_text
                + R"(,"AgeRange":{"Low":20,"High":30},"Smile":{"Value":true,"Confidence":99},)"
                  R"("Eyeglasses":{"Value":false,"Confidence":98},"Sunglasses":{"Value":false,"Confidence":97},)"
                  R"("Gender":{"Value":"Female","Confidence":96},"Beard":{"Value":false,"Confidence":95},)"
                  R"("Mustache":{"Value":false,"Confidence":94},"EyesOpen":{"Value":true,"Confidence":93},)"
                  R"("MouthOpen":{"Value":false,"Confidence":92},)"
                  R"("Emotions":[{"Type":"HAPPY","Confidence":91},{"Type":"FEAR","Confidence":1}],)"
                + default_text
                + R"(,"FaceOccluded":{"Value":false,"Confidence":90},)"
                  R"("EyeDirection":{"Yaw":1,"Pitch":2,"Confidence":89}}]})");
  EXPECT_EQ(encode(detect_faces_response{}), R"({"FaceDetails":[]})");
}

TEST(encode, comparisons) {
  compare_faces_response response;
  response.source_image_face = {{0, 0, 1, 1}, 99};
  compared_face other;
  other.bounding_box = {0, 0, 1, 1};
  other.confidence = 98;
  other.smile = {true, 60};
  response.face_matches.push_back({97.5F, other});
  other.smile.reset();
  response.unmatched_faces.push_back(other);
  const std::string face_text = "{" + a_box_text + R"(,"Confidence":98,"Landmarks":[],"Pose":{"Roll":0,"Yaw":0,)"
                                + R"("Pitch":0},"Quality":{"Brightness":0,"Sharpness":0})";
  EXPECT_EQ(encode(response), "{\"SourceImageFace\":{" + a_box_text + R"(,"Confidence":99},"FaceMatches":)"
                                  + R"([{"Similarity":97.5,"Face":)" + face_text
                                  + R"(,"Smile":{"Value":true,"Confidence":60}}}],"UnmatchedFaces":[)" + face_text
                                  + "}]}");
}

TEST(encode, users) {
  EXPECT_EQ(encode(create_user_response{}), "{}");
  EXPECT_EQ(encode(delete_user_response{}), "{}");
  EXPECT_EQ(encode(list_users_response{{{"u", user_status::created}}, std::nullopt}),
            R"({"Users":[{"UserId":"u","UserStatus":"CREATED"}]})");
  EXPECT_EQ(encode(associate_faces_response{
                {an_id}, {{an_id, std::nullopt, 12.5F, {face_failure::low_match_confidence}}}, user_status::active}),
            R"({"AssociatedFaces":[{"FaceId":")" + id_text + R"("}],"UnsuccessfulFaceAssociations":[{"FaceId":")"
                + id_text + R"(","Confidence":12.5,"Reasons":["LOW_MATCH_CONFIDENCE"]}],"UserStatus":"ACTIVE"})");
  EXPECT_EQ(
      encode(disassociate_faces_response{
          {}, {{an_id, "v", std::nullopt, {face_failure::associated_to_a_different_user}}}, user_status::updating}),
      R"({"DisassociatedFaces":[],"UnsuccessfulFaceDisassociations":[{"FaceId":")" + id_text
          + R"(","UserId":"v","Reasons":["ASSOCIATED_TO_A_DIFFERENT_USER"]}],"UserStatus":"UPDATING"})");
}

TEST(encode, searches_of_users) {
  const std::string matches = R"("UserMatches":[{"Similarity":90,"User":{"UserId":"u","UserStatus":"ACTIVE"}}])";
  EXPECT_EQ(encode(search_users_response{{{90, {"u", user_status::active}}}, "1.0", an_id, std::nullopt}),
            "{" + matches + R"(,"FaceModelVersion":"1.0","SearchedFace":{"FaceId":")" + id_text + "\"}}");
  EXPECT_EQ(encode(search_users_response{{}, "1.0", std::nullopt, "v"}),
            R"({"UserMatches":[],"FaceModelVersion":"1.0","SearchedUser":{"UserId":"v"}})");
  EXPECT_EQ(
      encode(search_users_by_image_response{
          {{90, {"u", user_status::active}}}, "1.0", a_detail(), {{{face_reason::face_not_largest}, a_detail()}}}),
      "{" + matches + R"(,"FaceModelVersion":"1.0","SearchedFace":{"FaceDetail":)" + a_detail_text
          + R"(},"UnsearchedFaces":[{"Reasons":["FACE_NOT_LARGEST"],"FaceDetails":)" + a_detail_text + "}]}");
  EXPECT_EQ(encode(search_users_by_image_response{}),
            R"({"UserMatches":[],"FaceModelVersion":"","UnsearchedFaces":[]})");
}

TEST(encode, tags) {
  EXPECT_EQ(encode(tag_resource_response{}), "{}");
  EXPECT_EQ(encode(untag_resource_response{}), "{}");
  EXPECT_EQ(encode(list_tags_for_resource_response{{{"b", "\""}, {"a", "\\"}}}), R"({"Tags":{"a":"\\","b":"\""}})");
}

TEST(encode, never_writes_what_json_has_no_number_for) {
  auto one = a_detail();
  one.confidence = std::numeric_limits<float>::quiet_NaN();
  one.pose.yaw = std::numeric_limits<float>::infinity();
  one.quality.sharpness = -std::numeric_limits<float>::infinity();
  one.smile = {true, std::numeric_limits<float>::quiet_NaN()};
  EXPECT_EQ(encode(detect_faces_response{{one}}),
            "{\"FaceDetails\":[{" + a_box_text + R"(,"Smile":{"Value":true},"Landmarks":[{"Type":"eyeLeft","X":0.1,)"
                + R"("Y":0.2}],"Pose":{"Roll":-1.5,"Pitch":180},"Quality":{"Brightness":50}}]})");
}

TEST(encode, numbers_as_json_writes_them) {
  face one = a_face();
  one.bounding_box = {1e-9F, -1e-9F, 1e20F, 3.4028235e38F};
  EXPECT_NE(encode(list_faces_response{{one}, std::nullopt, ""})
                .find(R"("BoundingBox":{"Width":1e+20,"Height":3.4028235e+38,"Left":1e-09,"Top":-1e-09})"),
            std::string::npos);
}

} // namespace
} // namespace rollcall::wire
