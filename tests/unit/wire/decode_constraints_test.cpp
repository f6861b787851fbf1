// Every constraint of every member of every request, at its edges. The tables here restate the protocol's contract
// apart from the code's own tables.
#include "wire/codec.hpp"

#include "tests/unit/wire/any_request.hpp"
#include "tests/unit/wire/constraint_edges.hpp"

#include <gmock/gmock.h>

namespace rollcall::wire {
namespace {

using core::error_code;
using testing::HasSubstr;

struct member {
  std::string name;
  std::string kind;
  std::string valid = {}; ///< of a required member; empty for one that may be absent
};

const member collection{"CollectionId", "collection", "\"c\""};
const member user_member{"UserId", "user", "\"u\""};
const member token{"ClientRequestToken", "client_token"};
const member picture{"Image", "image", R"({"Bytes":"AAAA"})"};
const member quality{"QualityFilter", "quality"};
const member next{"NextToken", "page_token"};
const member processor{"Name", "processor", "\"p\""};
const member video_member{"Video", "video", R"({"S3Object":{"Bucket":"bucket","Name":"v.mp4"}})"};
const member channel{"NotificationChannel", "video_channel"};
const member tag{"JobTag", "job_tag"};
const member job{"JobId", "job", "\"j\""};
const member sort{"SortBy", "video_sort"};
const member arn{"ResourceArn", "arn", text(20)};

const std::map<operation, std::vector<member>>& members_by_operation() {
  static const std::map<operation, std::vector<member>> operations{
      {operation::create_collection, {collection, {"Tags", "tags"}}},
      {operation::delete_collection, {collection}},
      {operation::describe_collection, {collection}},
      {operation::list_collections, {next, {"MaxResults", "page_size"}}},
      {operation::index_faces,
       {collection,
        picture,
        {"ExternalImageId", "external"},
        {"DetectionAttributes", "attributes"},
        {"MaxFaces", "index_faces"},
        quality}},
      {operation::list_faces, {collection, next, {"MaxResults", "page_size"}, {"UserId", "user"}, {"FaceIds", "ids"}}},
      {operation::delete_faces, {collection, {"FaceIds", "ids", "[" + a_face + "]"}}},
      {operation::search_faces,
       {collection, {"FaceId", "face", a_face}, {"MaxFaces", "max_faces"}, {"FaceMatchThreshold", "percent"}}},
      {operation::search_faces_by_image,
       {collection, picture, {"MaxFaces", "max_faces"}, {"FaceMatchThreshold", "percent"}, quality}},
      {operation::detect_faces, {picture, {"Attributes", "attributes"}}},
      {operation::compare_faces,
       {{"SourceImage", "image", R"({"Bytes":"AAAA"})"},
        {"TargetImage", "image", R"({"Bytes":"AAAA"})"},
        {"SimilarityThreshold", "percent"},
        quality}},
      {operation::create_user, {collection, user_member, token}},
      {operation::delete_user, {collection, user_member, token}},
      {operation::list_users, {collection, {"MaxResults", "max_users"}, next}},
      {operation::associate_faces,
       {collection,
        user_member,
        {"FaceIds", "user_ids", "[" + a_face + "]"},
        {"UserMatchThreshold", "percent"},
        token}},
      {operation::disassociate_faces, {collection, user_member, {"FaceIds", "user_ids", "[" + a_face + "]"}, token}},
      // UserId is not required by the model; the other half of the rule is in decode_test.cpp
      {operation::search_users,
       {collection, user_member, {"UserMatchThreshold", "percent"}, {"MaxUsers", "max_users"}}},
      {operation::search_users_by_image,
       {collection, picture, {"UserMatchThreshold", "percent"}, {"MaxUsers", "max_users"}, quality}},
      {operation::tag_resource, {arn, {"Tags", "tags", "{}"}}},
      {operation::untag_resource, {arn, {"TagKeys", "tag_keys", "[]"}}},
      {operation::list_tags_for_resource, {arn}},
      {operation::create_stream_processor,
       {processor,
        {"Input", "stream_input", R"({"KinesisVideoStream":{"Arn":"zmq://a"}})"},
        {"Output", "stream_output", "{}"},
        {"Settings", "stream_settings", R"({"FaceSearch":{"CollectionId":"c"}})"},
        {"RoleArn", "role", "\"arn:aws:iam::123456789012:role/a\""},
        {"Tags", "tags"},
        {"NotificationChannel", "channel"},
        {"DataSharingPreference", "sharing"},
        {"KmsKeyId", "label_detection"},
        {"RegionsOfInterest", "label_detection"}}},
      {operation::describe_stream_processor, {processor}},
      {operation::list_stream_processors, {next, {"MaxResults", "index_faces"}}},
      {operation::start_stream_processor,
       {processor, {"StartSelector", "label_detection"}, {"StopSelector", "label_detection"}}},
      {operation::stop_stream_processor, {processor}},
      {operation::update_stream_processor,
       {processor,
        {"DataSharingPreferenceForUpdate", "sharing"},
        {"SettingsForUpdate", "label_detection"},
        {"RegionsOfInterestForUpdate", "label_detection"},
        {"ParametersToDelete", "label_detection"}}},
      {operation::delete_stream_processor, {processor}},
      {operation::start_face_detection, {video_member, token, channel, {"FaceAttributes", "video_attributes"}, tag}},
      {operation::get_face_detection, {job, {"MaxResults", "index_faces"}, next}},
      {operation::start_face_search,
       {video_member, collection, {"FaceMatchThreshold", "percent"}, token, channel, tag}},
      {operation::get_face_search, {job, {"MaxResults", "index_faces"}, next, sort}},
      {operation::start_person_tracking, {video_member, token, channel, tag}},
      {operation::get_person_tracking, {job, {"MaxResults", "index_faces"}, next, sort}},
  };
  return operations;
}

/// A valid body with `name` as `value`; "" leaves it out.
std::string body_with(operation op, const std::string& name, const std::string& value) {
  std::string body = "{\"Unknown\":{\"a\":[1]}";
  for (const auto& one : members_by_operation().at(op)) {
    const auto& shown = one.name == name ? value : one.valid;
    if (!shown.empty())
      body += ",\"" + one.name + "\":" + shown;
  }
  return body + "}";
}

std::string path_of(const std::string& name) {
  auto path = name;
  path[0] = static_cast<char>(path[0] - 'A' + 'a');
  return path;
}

class decode_constraints : public testing::TestWithParam<operation> {};

TEST_P(decode_constraints, hold_at_every_edge) {
  for (const auto& one : members_by_operation().at(GetParam()))
    for (const auto& [value, constraint, path, code] : edges_by_kind().at(one.kind)) {
      const auto decoded = decode_any(GetParam(), body_with(GetParam(), one.name, value));
      const auto shown = one.name + " = " + value.substr(0, 100);
      EXPECT_EQ(decoded.has_value(), constraint.empty()) << shown;
      if (decoded || constraint.empty())
        continue;
      const auto& failed = decoded.failure();
      EXPECT_EQ(failed.code, code) << shown << ": " << failed.message;
      EXPECT_LT(failed.message.size(), 1000U);
      if (code != error_code::constraint_violation) {
        EXPECT_THAT(failed.message, HasSubstr(constraint)) << shown;
        continue;
      }
      EXPECT_THAT(failed.message,
                  HasSubstr(" at '" + path_of(one.name) + path + "' failed to satisfy constraint: " + constraint));
    }
}

TEST_P(decode_constraints, take_absent_and_null_members_as_the_same) {
  for (const auto& one : members_by_operation().at(GetParam()))
    for (const std::string value : {"", "null"}) {
      const auto decoded = decode_any(GetParam(), body_with(GetParam(), one.name, value));
      if (GetParam() == operation::search_users && one.name == "UserId") {
        EXPECT_EQ(decoded.failure().code, error_code::invalid_argument);
        continue;
      }
      EXPECT_EQ(decoded.has_value(), one.valid.empty()) << one.name;
      if (decoded)
        continue;
      EXPECT_EQ(decoded.failure().message, "1 validation error detected: Value null at '" + path_of(one.name)
                                               + "' failed to satisfy constraint: Member must not be null");
    }
}

TEST_P(decode_constraints, refuse_what_is_not_one_json_object) {
  for (const std::string body : {"[]", "null", "{", "\"a\"", "{}{}", "{\"CollectionId\":\"c\",}"})
    EXPECT_EQ(decode_any(GetParam(), body).failure().code, error_code::malformed) << body;
}

INSTANTIATE_TEST_SUITE_P(of, decode_constraints, testing::ValuesIn(all_operations),
                         [](const auto& one) { return std::string{to_string(one.param)}; });

} // namespace
} // namespace rollcall::wire
