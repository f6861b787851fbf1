#include "wire/codec.hpp"
#include "wire/json_writer.hpp"
#include "wire/operation.hpp"
#include "wire/shared_members.hpp"
#include "wire/video_members.hpp"

namespace rollcall::wire {

namespace {

/// A list of ids in which each is an object of its own: [{"FaceId": …}].
struct face_reference {
  core::face_id face_id;
};

void write_members(json_writer& to, const face_reference& from) {
  to.member("FaceId", from.face_id);
}

std::vector<face_reference> as_references(const std::vector<core::face_id>& ids) {
  std::vector<face_reference> references;
  references.reserve(ids.size());
  for (const auto& id : ids)
    references.push_back({id});
  return references;
}

/// UnindexedFace says `FaceDetail`, UnsearchedFace says `FaceDetails`; both hold one.
void write_unused_faces(json_writer& to, std::string_view list_name, std::string_view detail_name,
                        const std::vector<unused_face>& faces) {
  to.name(list_name);
  to.begin_array();
  for (const auto& one : faces) {
    to.begin_object();
    to.member("Reasons", one.reasons);
    to.member(detail_name, one.face_detail);
    to.end_object();
  }
  to.end_array();
}

} // namespace

static void write_members(json_writer& to, const create_collection_response& from) {
  to.member("StatusCode", from.status_code);
  to.member("CollectionArn", from.collection_arn);
  to.member("FaceModelVersion", from.face_model_version);
}

static void write_members(json_writer& to, const delete_collection_response& from) {
  to.member("StatusCode", from.status_code);
}

static void write_members(json_writer& to, const describe_collection_response& from) {
  to.member("FaceCount", from.face_count);
  to.member("FaceModelVersion", from.face_model_version);
  to.member("CollectionARN", from.collection_arn);
  to.member("CreationTimestamp", from.creation_timestamp);
  to.member("UserCount", from.user_count);
}

static void write_members(json_writer& to, const list_collections_response& from) {
  to.name("CollectionIds");
  to.begin_array();
  for (const auto& one : from.collections)
    to.value(one.collection_id);
  to.end_array();
  to.member("NextToken", from.next_token);
  to.name("FaceModelVersions");
  to.begin_array();
  for (const auto& one : from.collections)
    to.value(one.face_model_version);
  to.end_array();
}

static void write_members(json_writer& to, const index_faces_response::face_record& from) {
  to.member("Face", from.face);
  to.member("FaceDetail", from.face_detail);
}

static void write_members(json_writer& to, const index_faces_response& from) {
  to.member("FaceRecords", from.face_records);
  to.member("FaceModelVersion", from.face_model_version);
  write_unused_faces(to, "UnindexedFaces", "FaceDetail", from.unindexed_faces);
}

static void write_members(json_writer& to, const list_faces_response& from) {
  to.member("Faces", from.faces);
  to.member("NextToken", from.next_token);
  to.member("FaceModelVersion", from.face_model_version);
}

static void write_members(json_writer& to, const delete_faces_response& from) {
  to.member("DeletedFaces", from.deleted_faces);
  to.member("UnsuccessfulFaceDeletions", from.unsuccessful_face_deletions);
}

static void write_members(json_writer& to, const search_faces_response& from) {
  to.member("SearchedFaceId", from.searched_face_id);
  to.member("FaceMatches", from.face_matches);
  to.member("FaceModelVersion", from.face_model_version);
}

static void write_members(json_writer& to, const search_faces_by_image_response& from) {
  to.member("SearchedFaceBoundingBox", from.searched_face_bounding_box);
  to.member("SearchedFaceConfidence", from.searched_face_confidence);
  to.member("FaceMatches", from.face_matches);
  to.member("FaceModelVersion", from.face_model_version);
}

static void write_members(json_writer& to, const detect_faces_response& from) {
  to.member("FaceDetails", from.face_details);
}

static void write_members(json_writer& to, const compare_faces_response::source_face& from) {
  to.member("BoundingBox", from.bounding_box);
  to.member("Confidence", from.confidence);
}

static void write_members(json_writer& to, const compare_faces_response::match& from) {
  to.member("Similarity", from.similarity);
  to.member("Face", from.face);
}

static void write_members(json_writer& to, const compare_faces_response& from) {
  to.member("SourceImageFace", from.source_image_face);
  to.member("FaceMatches", from.face_matches);
  to.member("UnmatchedFaces", from.unmatched_faces);
}

static void write_members(json_writer&, const create_user_response&) {}

static void write_members(json_writer&, const delete_user_response&) {}

static void write_members(json_writer& to, const list_users_response& from) {
  to.member("Users", from.users);
  to.member("NextToken", from.next_token);
}

static void write_members(json_writer& to, const associate_faces_response& from) {
  to.member("AssociatedFaces", as_references(from.associated_faces));
  to.member("UnsuccessfulFaceAssociations", from.unsuccessful_face_associations);
  to.member("UserStatus", from.user_status);
}

static void write_members(json_writer& to, const disassociate_faces_response& from) {
  to.member("DisassociatedFaces", as_references(from.disassociated_faces));
  to.member("UnsuccessfulFaceDisassociations", from.unsuccessful_face_disassociations);
  to.member("UserStatus", from.user_status);
}

static void write_members(json_writer& to, const search_users_response& from) {
  to.member("UserMatches", from.user_matches);
  to.member("FaceModelVersion", from.face_model_version);
  if (from.searched_face)
    to.member("SearchedFace", face_reference{*from.searched_face});
  if (from.searched_user)
    to.member("SearchedUser", tag_map{{"UserId", *from.searched_user}});
}

static void write_members(json_writer& to, const search_users_by_image_response& from) {
  to.member("UserMatches", from.user_matches);
  to.member("FaceModelVersion", from.face_model_version);
  if (from.searched_face) {
    to.name("SearchedFace");
    to.begin_object();
    to.member("FaceDetail", *from.searched_face);
    to.end_object();
  }
  write_unused_faces(to, "UnsearchedFaces", "FaceDetails", from.unsearched_faces);
}

static void write_members(json_writer&, const tag_resource_response&) {}

static void write_members(json_writer&, const untag_resource_response&) {}

static void write_members(json_writer& to, const list_tags_for_resource_response& from) {
  to.member("Tags", from.tags);
}

static void write_members(json_writer& to, const create_stream_processor_response& from) {
  to.member("StreamProcessorArn", from.stream_processor_arn);
}

static void write_members(json_writer& to, const stream_details& from) {
  write_stream_details(to, from);
  to.member("Tags", from.tags);
}

static void write_members(json_writer& to, const describe_stream_processor_response& from) {
  to.member("Name", from.name);
  to.member("StreamProcessorArn", from.stream_processor_arn);
  to.member("Status", from.status);
  to.member("StatusMessage", from.status_message);
  to.member("CreationTimestamp", from.creation_timestamp);
  to.member("LastUpdateTimestamp", from.last_update_timestamp);
  to.member("Input", from.input);
  to.member("Settings", from.settings);
  write_stream_details(to, from.details);
}

static void write_members(json_writer& to, const list_stream_processors_response::stream_processor& from) {
  to.member("Name", from.name);
  to.member("Status", from.status);
}

static void write_members(json_writer& to, const list_stream_processors_response& from) {
  to.member("NextToken", from.next_token);
  to.member("StreamProcessors", from.stream_processors);
}

static void write_members(json_writer&, const start_stream_processor_response&) {}

static void write_members(json_writer&, const stop_stream_processor_response&) {}

static void write_members(json_writer&, const update_stream_processor_response&) {}

static void write_members(json_writer&, const delete_stream_processor_response&) {}

template <class Response>
std::string encode(const Response& response) {
  json_writer to;
  to.value(response);
  return to.take();
}

#define ROLLCALL_ENCODE(name, text) template std::string encode<name##_response>(const name##_response&);
ROLLCALL_OPERATIONS(ROLLCALL_ENCODE)
#undef ROLLCALL_ENCODE
template std::string encode<stream_details>(const stream_details&);

} // namespace rollcall::wire
