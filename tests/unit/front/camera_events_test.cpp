// What subscribers may see, and how events are shown to them.
#include "front/camera_events.hpp"

#include "front/admission.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {
namespace {

caller of_collections(std::vector<std::string> collections) {
  caller made;
  made.collections = std::move(collections);
  return made;
}

TEST(subscriptions, of_a_key_without_limits_may_be_any) {
  for (const auto* topic : {"", "camera/", "collection/staff/", "x"})
    EXPECT_TRUE(may_subscribe(of_collections({}), topic)) << topic;
}

TEST(subscriptions, of_a_limited_key_stay_within_its_collections) {
  const auto who = of_collections({"staff", "guests"});
  EXPECT_TRUE(may_subscribe(who, "collection/staff/"));
  EXPECT_TRUE(may_subscribe(who, "collection/guests/gate/Recognised"));
  EXPECT_TRUE(may_subscribe(who, "record/guests/"));
  EXPECT_FALSE(may_subscribe(who, "record/"));
  // The beginning of a topic takes all that begins so: "collection/staff" is that of "collection/staff-2/" too.
  for (const auto* topic :
       {"", "c", "camera/", "camera/gate/", "collection/", "collection/staff", "collection/staff-2/"})
    EXPECT_FALSE(may_subscribe(who, topic)) << topic;
}

TEST(events_shown, have_their_number_and_both_topics) {
  store::event_record event;
  event.seq = 7;
  event.camera = "gate";
  event.collection = "staff";
  event.kind = "Recognised";
  event.body = R"({"Kind":"Recognised","Track":3})";
  const auto made = show(event);
  EXPECT_EQ(made.at("Seq").to_number<int>(), 7);
  EXPECT_EQ(made.at("Track").to_number<int>(), 3);
  EXPECT_EQ(made.at("Camera"), "gate");
  EXPECT_EQ(topics_of(event), (std::vector<std::string>{"camera/gate/Recognised", "collection/staff/gate/Recognised"}));
}

TEST(stream_records, have_the_face_and_whom_it_resembles_in_rekognitions_words) {
  store::event_record event;
  event.seq = 7;
  event.camera = "gate";
  event.captured = core::wall_time{std::chrono::milliseconds{1'510'552'593'193}};
  event.body = R"({"Face":{"BoundingBox":{"Left":0.5},"Confidence":99,"OverallQuality":70},
                   "Candidates":[{"FaceId":"a","Similarity":98.5,"ExternalImageId":"anna","UserId":"anna",
                                   "BoundingBox":{"Left":0.25},"ImageId":"i","Confidence":97}]})";
  const auto record = to_stream_record(event, show(event), {"us-east-1", "000000000000"});
  ASSERT_TRUE(record);
  const auto& input = record->at("InputInformation").at("KinesisVideo");
  EXPECT_EQ(input.at("StreamArn"), "arn:aws:kinesisvideo:us-east-1:000000000000:stream/gate/0");
  EXPECT_DOUBLE_EQ(input.at("ProducerTimestamp").as_double(), 1'510'552'593.193);
  EXPECT_EQ(record->at("StreamProcessorInformation").at("Status"), "RUNNING");
  const auto& found = record->at("FaceSearchResponse").as_array().at(0);
  EXPECT_EQ(found.at("DetectedFace").at("BoundingBox").at("Left"), 0.5);
  EXPECT_FALSE(found.at("DetectedFace").as_object().contains("OverallQuality"));
  const auto& match = found.at("MatchedFaces").as_array().at(0);
  EXPECT_EQ(match.at("Similarity"), 98.5);
  EXPECT_EQ(match.at("Face").at("ExternalImageId"), "anna");
  // As in the example of Rekognition's documentation: these members, and no others.
  EXPECT_EQ(match.at("Face"), (boost::json::object{{"FaceId", "a"},
                                                   {"ExternalImageId", "anna"},
                                                   {"BoundingBox", {{"Left", 0.25}}},
                                                   {"ImageId", "i"},
                                                   {"Confidence", 97}}));
  event.body = R"({"Message":"up"})";
  EXPECT_FALSE(to_stream_record(event, show(event), {"us-east-1", "000000000000"}));
}

} // namespace
} // namespace rollcall::front
