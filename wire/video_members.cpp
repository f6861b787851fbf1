#include "wire/video_members.hpp"

#include "wire/shared_members.hpp"

namespace rollcall::wire {

static void write_members(json_writer& to, const video_metadata& from) {
  to.member("Codec", from.codec);
  if (from.duration_ms > 0)
    to.member("DurationMillis", from.duration_ms);
  to.member("Format", from.format);
  if (from.frame_rate > 0)
    to.member("FrameRate", from.frame_rate);
  to.member("FrameHeight", from.frame_height);
  to.member("FrameWidth", from.frame_width);
}

static void write_members(json_writer& to, const s3_object& from) {
  to.member("Bucket", from.bucket);
  to.member("Name", from.name);
  to.member("Version", from.version);
}

static void write_members(json_writer& to, const video& from) {
  to.member("S3Object", from.s3);
}

static void write_members(json_writer& to, const get_face_detection_response::face& from) {
  to.member("Timestamp", from.timestamp_ms);
  to.name("Face");
  to.encoded(from.detail);
}

static void write_members(json_writer& to, const video_person& from) {
  to.member("Timestamp", from.timestamp_ms);
  to.name("Person");
  to.begin_object();
  to.member("Index", from.index);
  to.name("Face");
  to.encoded(from.face);
  to.end_object();
  if (from.matches.empty())
    return;
  to.name("FaceMatches");
  to.encoded(from.matches);
}

namespace {

void write_state(json_writer& to, const video_job_state& from) {
  to.member("JobStatus", from.status);
  to.member("StatusMessage", from.status_message);
  if (!from.metadata.empty()) {
    to.name("VideoMetadata");
    to.encoded(from.metadata);
  }
  to.member("NextToken", from.next_token);
  to.member("JobId", from.job_id);
  to.member("Video", from.video);
  to.member("JobTag", from.job_tag);
}

template <class Part>
std::string text_of_part(const Part& of) {
  json_writer to;
  to.value(of);
  return to.take();
}

} // namespace

void write_members(json_writer& to, const start_face_detection_response& from) {
  to.member("JobId", from.job_id);
}

void write_members(json_writer& to, const start_face_search_response& from) {
  to.member("JobId", from.job_id);
}

void write_members(json_writer& to, const start_person_tracking_response& from) {
  to.member("JobId", from.job_id);
}

void write_members(json_writer& to, const get_face_detection_response& from) {
  write_state(to, from.job);
  to.member("Faces", from.faces);
}

void write_members(json_writer& to, const get_face_search_response& from) {
  write_state(to, from.job);
  to.member("Persons", from.persons);
}

void write_members(json_writer& to, const get_person_tracking_response& from) {
  write_state(to, from.job);
  to.member("Persons", from.persons);
}

std::string encode_part(const video_metadata& of) {
  return text_of_part(of);
}

std::string encode_part(const face_detail& of) {
  return text_of_part(of);
}

std::string encode_part(const std::vector<face_match>& of) {
  return text_of_part(of);
}

} // namespace rollcall::wire
