// Fully populated replies against the service model that AWS's clients carry: only members that it has, of its types.
#include "wire/codec.hpp"

#include "tests/unit/wire/service_model.hpp"
#include "wire/operation.hpp"

#include <algorithm>
#include <set>

namespace rollcall::wire {
namespace {

namespace json = boost::json;

/// Members that came after the model of Debian 12.
const std::set<std::string> later_members = {
    "UserCount", "UserId", "EyeDirection", "FaceOccluded", "UnsuccessfulFaceDeletions", "JobId", "Video", "JobTag"};

/// What is not known of videos, and of the persons in them.
const std::set<std::string> never_measured = {"ColorRange", "Person.BoundingBox"};

/// Members that are of no use in a stream that is searched for faces.
const std::set<std::string> of_label_detection = {"KmsKeyId", "RegionsOfInterest", "ConnectedHome", "SessionId"};

const core::face_id an_id{*core::parse_uuid("00000000-0000-4000-8000-000000000001")};

face a_face() {
  face one;
  one.face_id = an_id;
  one.image_id = {an_id.id};
  one.bounding_box.emplace();
  one.confidence = 99.0F;
  one.external_image_id = "x";
  one.index_faces_model_version = "1.0";
  one.user_id = "u";
  return one;
}

face_detail a_detail() {
  face_detail one;
  for (std::size_t i = 0; i < enum_texts<landmark_type>.size(); ++i)
    one.landmarks.push_back({static_cast<landmark_type>(i), 0.5F, 0.5F});
  one.age_range = {20, 30};
  one.smile = one.eyeglasses = one.sunglasses = one.beard = one.mustache = verdict{true, 99.5F};
  one.eyes_open = one.mouth_open = one.face_occluded = verdict{false, 51};
  one.gender = {gender_type::male, 90};
  one.emotions.emplace();
  for (std::size_t i = 0; i < enum_texts<emotion_type>.size(); ++i)
    one.emotions->push_back({static_cast<emotion_type>(i), 1.5F});
  one.eye_direction = {1, 2, 3};
  return one;
}

/// With all reasons that IndexFaces has, and `more`.
std::vector<unused_face> left_out(std::vector<face_reason> more) {
  for (std::size_t i = 0; i < enum_texts<face_reason>.size() - 1; ++i)
    more.push_back(static_cast<face_reason>(i));
  return {{std::move(more), a_detail()}};
}

std::vector<failed_face> failures(std::vector<face_failure> reasons, std::optional<float> confidence) {
  return {{an_id, "u", confidence, std::move(reasons)}};
}

class response_model : public service_model_test {
protected:
  void compare(const json::value& value, const std::string& name, const std::string& where) {
    SCOPED_TRACE(where + " : " + name);
    const auto& shape = shape_named(name);
    const auto type = text_of(shape.at("type"));
    if (type == "structure")
      return compare_structure(value, shape, where);
    if (type == "list") {
      ASSERT_TRUE(value.is_array());
      for (const auto& one : value.get_array())
        compare(one, text_of(shape.at("member").at("shape")), where + "[]");
    } else if (type == "map") {
      ASSERT_TRUE(value.is_object());
      for (const auto& one : value.get_object())
        compare(one.value(), text_of(shape.at("value").at("shape")), where + "{}");
    } else {
      compare_scalar(value, shape, type);
    }
  }

  void compare_structure(const json::value& value, const json::object& shape, const std::string& where) {
    ASSERT_TRUE(value.is_object());
    const auto& members = shape.at("members").as_object();
    for (const auto& one : value.get_object()) {
      const std::string key{one.key()};
      if (members.contains(key))
        compare(one.value(), text_of(members.at(key).at("shape")), where + "." + key);
      else
        EXPECT_TRUE(later_members.contains(key)) << where << '.' << key;
    }
    for (const auto& member : members) {
      const std::string key{member.key()};
      const bool is_never_sent = key.ends_with("OrientationCorrection") || of_label_detection.contains(key)
                                 || never_measured.contains(key) || never_measured.contains(parent(where) + "." + key);
      EXPECT_EQ(value.get_object().contains(key), !is_never_sent) << where << '.' << key << " is missing";
    }
  }

  /// The last name of "GetFaceSearch.Persons[].Person".
  static std::string parent(const std::string& where) { return where.substr(where.rfind('.') + 1); }

  static void compare_scalar(const json::value& value, const json::object& shape, const std::string& type) {
    if (type == "string") {
      ASSERT_TRUE(value.is_string());
      if (!shape.contains("enum"))
        return;
      const auto& values = shape.at("enum").as_array();
      EXPECT_NE(std::find(values.begin(), values.end(), value), values.end()) << text_of(value);
    } else if (type == "boolean") {
      EXPECT_TRUE(value.is_bool());
    } else if (type == "integer" || type == "long") {
      EXPECT_TRUE(value.is_int64());
    } else {
      EXPECT_TRUE(type == "float" || type == "timestamp") << type;
      EXPECT_TRUE(value.is_number());
    }
  }

  template <class Response>
  void check(operation op, const Response& response) {
    const std::string name{to_string(op)};
    if (!operations().contains(name))
      return;
    const auto text = encode(response);
    const auto& described = operations().at(name).as_object();
    compare(json::parse(text), text_of(described.at("output").at("shape")), name);
  }
};

TEST_F(response_model, has_every_member_of_the_replies_about_collections_and_tags) {
  check(operation::create_collection, create_collection_response{200, "arn", "1.0"});
  check(operation::delete_collection, delete_collection_response{});
  check(operation::describe_collection, describe_collection_response{1, 2, "1.0", "arn", {}});
  check(operation::list_collections, list_collections_response{{{"c", "1.0"}}, "t"});
  check(operation::tag_resource, tag_resource_response{});
  check(operation::untag_resource, untag_resource_response{});
  check(operation::list_tags_for_resource, list_tags_for_resource_response{{{"k", "v"}}});
}

TEST_F(response_model, has_every_member_of_the_replies_about_faces) {
  check(operation::index_faces, index_faces_response{{{a_face(), a_detail()}}, left_out({}), "1.0"});
  check(operation::list_faces, list_faces_response{{a_face()}, "t", "1.0"});
  check(operation::delete_faces,
        delete_faces_response{
            {an_id},
            failures({face_failure::face_not_found, face_failure::associated_to_an_existing_user}, std::nullopt)});
  check(operation::search_faces, search_faces_response{an_id, {{99, a_face()}}, "1.0"});
  check(operation::search_faces_by_image, search_faces_by_image_response{{}, 99, {{99, a_face()}}, "1.0"});
  check(operation::detect_faces, detect_faces_response{{a_detail()}});
  compared_face other;
  other.emotions = a_detail().emotions;
  other.smile = verdict{true, 60};
  check(operation::compare_faces, compare_faces_response{{{}, 99}, {{98, other}}, {other}});
}

TEST_F(response_model, has_every_member_of_the_replies_about_users) {
  const std::vector<face_failure> shared{face_failure::face_not_found, face_failure::associated_to_a_different_user};
  auto all = shared;
  all.push_back(face_failure::low_match_confidence);
  const std::vector<user_match> matches{{99, {"u", user_status::active}}};
  check(operation::create_user, create_user_response{});
  check(operation::delete_user, delete_user_response{});
  check(operation::list_users, list_users_response{{{"u", user_status::created}, {"v", user_status::updating}}, "t"});
  check(operation::associate_faces, associate_faces_response{{an_id}, failures(all, 1.5F), user_status::creating});
  check(operation::disassociate_faces,
        disassociate_faces_response{{an_id}, failures(shared, std::nullopt), user_status::active});
  check(operation::search_users, search_users_response{matches, "1.0", an_id, "u"});
  check(operation::search_users_by_image,
        search_users_by_image_response{matches, "1.0", a_detail(), left_out({face_reason::face_not_largest})});
}

TEST_F(response_model, has_every_member_of_the_replies_about_stream_processors) {
  check(operation::create_stream_processor, create_stream_processor_response{"arn"});
  const stream_details details{
      {"arn", "bucket", "prefix"}, "arn", {}, stream_notification{"arn"}, stream_data_sharing{}};
  check(
      operation::describe_stream_processor,
      describe_stream_processor_response{"n", "arn", stream_status::stopping, "m", {}, {}, {"u"}, {"c", 80}, details});
  list_stream_processors_response listed{{}, "t"};
  for (std::size_t i = 0; i < enum_texts<stream_status>.size(); ++i)
    listed.stream_processors.push_back({"n", static_cast<stream_status>(i)});
  check(operation::list_stream_processors, listed);
  check(operation::start_stream_processor, start_stream_processor_response{});
  check(operation::stop_stream_processor, stop_stream_processor_response{});
  check(operation::update_stream_processor, update_stream_processor_response{});
  check(operation::delete_stream_processor, delete_stream_processor_response{});
}

TEST_F(response_model, has_every_member_of_the_replies_about_videos) {
  video_job_state job{"j",
                      video_job_status::failed,
                      "m",
                      encode_part(video_metadata{"h264", 9, "MOV", 25, 1, 1}),
                      {{"bucket", "v.mp4", "1"}},
                      "tag",
                      "token"};
  const auto detail = encode_part(a_detail());
  const video_person seen{5, 0, detail, encode_part(std::vector<face_match>{{99, a_face()}})};
  check(operation::start_face_detection, start_face_detection_response{"j"});
  check(operation::start_face_search, start_face_search_response{"j"});
  check(operation::start_person_tracking, start_person_tracking_response{"j"});
  check(operation::get_face_detection, get_face_detection_response{job, {{5, detail}}});
  check(operation::get_face_search, get_face_search_response{job, {seen}});
  check(operation::get_person_tracking, get_person_tracking_response{job, {{5, 1, detail, {}}}});
}

} // namespace
} // namespace rollcall::wire
