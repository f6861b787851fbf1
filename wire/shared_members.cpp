#include "wire/shared_members.hpp"

namespace rollcall::core {

void write_members(wire::json_writer& to, const ratio_box& from) {
  to.member("Width", from.width);
  to.member("Height", from.height);
  to.member("Left", from.left);
  to.member("Top", from.top);
}

} // namespace rollcall::core

namespace rollcall::wire {

void write_members(json_writer& to, const landmark& from) {
  to.member("Type", from.type);
  to.member("X", from.x);
  to.member("Y", from.y);
}

void write_members(json_writer& to, const pose& from) {
  to.member("Roll", from.roll);
  to.member("Yaw", from.yaw);
  to.member("Pitch", from.pitch);
}

void write_members(json_writer& to, const image_quality& from) {
  to.member("Brightness", from.brightness);
  to.member("Sharpness", from.sharpness);
}

void write_members(json_writer& to, const age_range& from) {
  to.member("Low", from.low);
  to.member("High", from.high);
}

void write_members(json_writer& to, const verdict& from) {
  to.member("Value", from.value);
  to.member("Confidence", from.confidence);
}

void write_members(json_writer& to, const gender& from) {
  to.member("Value", from.value);
  to.member("Confidence", from.confidence);
}

void write_members(json_writer& to, const emotion& from) {
  to.member("Type", from.type);
  to.member("Confidence", from.confidence);
}

void write_members(json_writer& to, const eye_direction& from) {
  to.member("Yaw", from.yaw);
  to.member("Pitch", from.pitch);
  to.member("Confidence", from.confidence);
}

void write_members(json_writer& to, const face_detail& from) {
  to.member("BoundingBox", from.bounding_box);
  to.member("AgeRange", from.age_range);
  to.member("Smile", from.smile);
  to.member("Eyeglasses", from.eyeglasses);
  to.member("Sunglasses", from.sunglasses);
  to.member("Gender", from.gender);
  to.member("Beard", from.beard);
  to.member("Mustache", from.mustache);
  to.member("EyesOpen", from.eyes_open);
  to.member("MouthOpen", from.mouth_open);
  to.member("Emotions", from.emotions);
  to.member("Landmarks", from.landmarks);
  to.member("Pose", from.pose);
  to.member("Quality", from.quality);
  to.member("Confidence", from.confidence);
  to.member("FaceOccluded", from.face_occluded);
  to.member("EyeDirection", from.eye_direction);
}

void write_members(json_writer& to, const compared_face& from) {
  to.member("BoundingBox", from.bounding_box);
  to.member("Confidence", from.confidence);
  to.member("Landmarks", from.landmarks);
  to.member("Pose", from.pose);
  to.member("Quality", from.quality);
  to.member("Emotions", from.emotions);
  to.member("Smile", from.smile);
}

void write_members(json_writer& to, const face& from) {
  to.member("FaceId", from.face_id);
  to.member("BoundingBox", from.bounding_box);
  to.member("ImageId", from.image_id);
  to.member("ExternalImageId", from.external_image_id);
  to.member("Confidence", from.confidence);
  to.member("IndexFacesModelVersion", from.index_faces_model_version);
  to.member("UserId", from.user_id);
}

void write_members(json_writer& to, const face_match& from) {
  to.member("Similarity", from.similarity);
  to.member("Face", from.face);
}

void write_members(json_writer& to, const user& from) {
  to.member("UserId", from.user_id);
  to.member("UserStatus", from.user_status);
}

void write_members(json_writer& to, const user_match& from) {
  to.member("Similarity", from.similarity);
  to.member("User", from.user);
}

void write_members(json_writer& to, const failed_face& from) {
  to.member("FaceId", from.face_id);
  to.member("UserId", from.user_id);
  to.member("Confidence", from.confidence);
  to.member("Reasons", from.reasons);
}

void write_members(json_writer& to, const stream_input& from) {
  to.name("KinesisVideoStream");
  to.begin_object();
  to.member("Arn", from.uri);
  to.end_object();
}

void write_members(json_writer& to, const stream_output& from) {
  if (from.kinesis_arn) {
    to.name("KinesisDataStream");
    to.begin_object();
    to.member("Arn", from.kinesis_arn);
    to.end_object();
  }
  if (from.s3_bucket || from.s3_key_prefix) {
    to.name("S3Destination");
    to.begin_object();
    to.member("Bucket", from.s3_bucket);
    to.member("KeyPrefix", from.s3_key_prefix);
    to.end_object();
  }
}

void write_members(json_writer& to, const stream_settings& from) {
  to.name("FaceSearch");
  to.begin_object();
  to.member("CollectionId", from.collection_id);
  to.member("FaceMatchThreshold", from.face_match_threshold);
  to.end_object();
}

void write_members(json_writer& to, const stream_notification& from) {
  to.member("SNSTopicArn", from.sns_topic_arn);
}

void write_members(json_writer& to, const stream_data_sharing& from) {
  to.member("OptIn", from.opt_in);
}

void write_stream_details(json_writer& to, const stream_details& from) {
  to.member("Output", from.output);
  to.member("RoleArn", from.role_arn);
  to.member("NotificationChannel", from.notification);
  to.member("DataSharingPreference", from.data_sharing);
}

} // namespace rollcall::wire
