/// One table of fields per request: name in JSON, shape, whether it is required, and the member that takes it. Adding a
/// field is adding a line here. Read by `wire/request_codec.cpp` alone.
#pragma once

#include "wire/operations.hpp"
#include "wire/realtime.hpp"
#include "wire/request_members.hpp"
#include "wire/shapes.hpp"

#include <array>

namespace rollcall::wire {

/// A field of `Request` and how its checked value gets into the member.
template <class Request>
struct bound_field {
  field what;
  core::status (*assign)(Request&, const boost::json::value&);
};

template <auto Member>
struct binding;

template <class Request, class Type, Type Request::*Member>
struct binding<Member> {
  using owner = Request;
  static core::status assign(Request& request, const boost::json::value& value) {
    return assign_member(request.*Member, value);
  }
};

/// A field that must be there.
template <auto Member>
constexpr auto required(std::string_view name, const shape& of) {
  return bound_field<typename binding<Member>::owner>{{name, &of, true}, &binding<Member>::assign};
}

/// A field that may be absent or null: its member then keeps the default.
template <auto Member>
constexpr auto optional(std::string_view name, const shape& of) {
  return bound_field<typename binding<Member>::owner>{{name, &of, false}, &binding<Member>::assign};
}

/// A field that this server can't serve: a request with it is refused.
template <class Request>
constexpr auto refused(std::string_view name) {
  return bound_field<Request>{{name, &shapes::label_detection, false},
                              [](Request&, const boost::json::value&) { return refuse_member(); }};
}

/// The same for a video's NotificationChannel.
template <class Request>
constexpr auto refused_notification() {
  return bound_field<Request>{{"NotificationChannel", &shapes::video_notification, false},
                              [](Request&, const boost::json::value&) { return refuse_notification(); }};
}

template <class Request>
inline constexpr std::array<bound_field<Request>, 0> fields_of{};

template <>
inline constexpr std::array fields_of<create_collection_request>{
    required<&create_collection_request::collection_id>("CollectionId", shapes::collection_id),
    optional<&create_collection_request::tags>("Tags", shapes::tag_map)};

template <>
inline constexpr std::array fields_of<delete_collection_request>{
    required<&delete_collection_request::collection_id>("CollectionId", shapes::collection_id)};

template <>
inline constexpr std::array fields_of<describe_collection_request>{
    required<&describe_collection_request::collection_id>("CollectionId", shapes::collection_id)};

template <>
inline constexpr std::array fields_of<list_collections_request>{
    optional<&list_collections_request::next_token>("NextToken", shapes::pagination_token),
    optional<&list_collections_request::max_results>("MaxResults", shapes::page_size)};

template <>
inline constexpr std::array fields_of<index_faces_request>{
    required<&index_faces_request::collection_id>("CollectionId", shapes::collection_id),
    required<&index_faces_request::image>("Image", shapes::image),
    optional<&index_faces_request::external_image_id>("ExternalImageId", shapes::external_image_id),
    optional<&index_faces_request::detection_attributes>("DetectionAttributes", shapes::attributes),
    optional<&index_faces_request::max_faces>("MaxFaces", shapes::max_faces_to_index),
    optional<&index_faces_request::quality_filter>("QualityFilter", shapes::quality_filter)};

template <>
inline constexpr std::array fields_of<list_faces_request>{
    required<&list_faces_request::collection_id>("CollectionId", shapes::collection_id),
    optional<&list_faces_request::next_token>("NextToken", shapes::pagination_token),
    optional<&list_faces_request::max_results>("MaxResults", shapes::page_size),
    optional<&list_faces_request::user_id>("UserId", shapes::user_id),
    optional<&list_faces_request::face_ids>("FaceIds", shapes::face_id_list)};

template <>
inline constexpr std::array fields_of<delete_faces_request>{
    required<&delete_faces_request::collection_id>("CollectionId", shapes::collection_id),
    required<&delete_faces_request::face_ids>("FaceIds", shapes::face_id_list)};

template <>
inline constexpr std::array fields_of<search_faces_request>{
    required<&search_faces_request::collection_id>("CollectionId", shapes::collection_id),
    required<&search_faces_request::face_id>("FaceId", shapes::face_id),
    optional<&search_faces_request::max_faces>("MaxFaces", shapes::max_faces),
    optional<&search_faces_request::face_match_threshold>("FaceMatchThreshold", shapes::percent)};

template <>
inline constexpr std::array fields_of<search_faces_by_image_request>{
    required<&search_faces_by_image_request::collection_id>("CollectionId", shapes::collection_id),
    required<&search_faces_by_image_request::image>("Image", shapes::image),
    optional<&search_faces_by_image_request::max_faces>("MaxFaces", shapes::max_faces),
    optional<&search_faces_by_image_request::face_match_threshold>("FaceMatchThreshold", shapes::percent),
    optional<&search_faces_by_image_request::quality_filter>("QualityFilter", shapes::quality_filter)};

template <>
inline constexpr std::array fields_of<detect_faces_request>{
    required<&detect_faces_request::image>("Image", shapes::image),
    optional<&detect_faces_request::attributes>("Attributes", shapes::attributes)};

template <>
inline constexpr std::array fields_of<compare_faces_request>{
    required<&compare_faces_request::source_image>("SourceImage", shapes::image),
    required<&compare_faces_request::target_image>("TargetImage", shapes::image),
    optional<&compare_faces_request::similarity_threshold>("SimilarityThreshold", shapes::percent),
    optional<&compare_faces_request::quality_filter>("QualityFilter", shapes::quality_filter)};

template <>
inline constexpr std::array fields_of<create_user_request>{
    required<&create_user_request::collection_id>("CollectionId", shapes::collection_id),
    required<&create_user_request::user_id>("UserId", shapes::user_id),
    optional<&create_user_request::client_request_token>("ClientRequestToken", shapes::client_request_token)};

template <>
inline constexpr std::array fields_of<delete_user_request>{
    required<&delete_user_request::collection_id>("CollectionId", shapes::collection_id),
    required<&delete_user_request::user_id>("UserId", shapes::user_id),
    optional<&delete_user_request::client_request_token>("ClientRequestToken", shapes::client_request_token)};

template <>
inline constexpr std::array fields_of<list_users_request>{
    required<&list_users_request::collection_id>("CollectionId", shapes::collection_id),
    optional<&list_users_request::max_results>("MaxResults", shapes::max_user_results),
    optional<&list_users_request::next_token>("NextToken", shapes::pagination_token)};

template <>
inline constexpr std::array fields_of<associate_faces_request>{
    required<&associate_faces_request::collection_id>("CollectionId", shapes::collection_id),
    required<&associate_faces_request::user_id>("UserId", shapes::user_id),
    required<&associate_faces_request::face_ids>("FaceIds", shapes::user_face_id_list),
    optional<&associate_faces_request::user_match_threshold>("UserMatchThreshold", shapes::percent),
    optional<&associate_faces_request::client_request_token>("ClientRequestToken", shapes::client_request_token)};

template <>
inline constexpr std::array fields_of<disassociate_faces_request>{
    required<&disassociate_faces_request::collection_id>("CollectionId", shapes::collection_id),
    required<&disassociate_faces_request::user_id>("UserId", shapes::user_id),
    required<&disassociate_faces_request::face_ids>("FaceIds", shapes::user_face_id_list),
    optional<&disassociate_faces_request::client_request_token>("ClientRequestToken", shapes::client_request_token)};

template <>
inline constexpr std::array fields_of<search_users_request>{
    required<&search_users_request::collection_id>("CollectionId", shapes::collection_id),
    optional<&search_users_request::user_id>("UserId", shapes::user_id),
    optional<&search_users_request::face_id>("FaceId", shapes::face_id),
    optional<&search_users_request::user_match_threshold>("UserMatchThreshold", shapes::percent),
    optional<&search_users_request::max_users>("MaxUsers", shapes::max_user_results)};

template <>
inline constexpr std::array fields_of<search_users_by_image_request>{
    required<&search_users_by_image_request::collection_id>("CollectionId", shapes::collection_id),
    required<&search_users_by_image_request::image>("Image", shapes::image),
    optional<&search_users_by_image_request::user_match_threshold>("UserMatchThreshold", shapes::percent),
    optional<&search_users_by_image_request::max_users>("MaxUsers", shapes::max_user_results),
    optional<&search_users_by_image_request::quality_filter>("QualityFilter", shapes::quality_filter)};

template <>
inline constexpr std::array fields_of<tag_resource_request>{
    required<&tag_resource_request::resource_arn>("ResourceArn", shapes::resource_arn),
    required<&tag_resource_request::tags>("Tags", shapes::tag_map)};

template <>
inline constexpr std::array fields_of<untag_resource_request>{
    required<&untag_resource_request::resource_arn>("ResourceArn", shapes::resource_arn),
    required<&untag_resource_request::tag_keys>("TagKeys", shapes::tag_key_list)};

template <>
inline constexpr std::array fields_of<list_tags_for_resource_request>{
    required<&list_tags_for_resource_request::resource_arn>("ResourceArn", shapes::resource_arn)};

/// What the store keeps of a stream processor beside its columns.
template <>
inline constexpr std::array fields_of<stream_details>{
    required<&stream_details::output>("Output", shapes::stream_output),
    required<&stream_details::role_arn>("RoleArn", shapes::role_arn),
    optional<&stream_details::tags>("Tags", shapes::tag_map),
    optional<&stream_details::notification>("NotificationChannel", shapes::stream_notification),
    optional<&stream_details::data_sharing>("DataSharingPreference", shapes::stream_data_sharing)};

template <>
inline constexpr std::array fields_of<create_stream_processor_request>{
    required<&create_stream_processor_request::input>("Input", shapes::stream_input),
    required<&create_stream_processor_request::output>("Output", shapes::stream_output),
    required<&create_stream_processor_request::name>("Name", shapes::stream_processor_name),
    required<&create_stream_processor_request::settings>("Settings", shapes::stream_settings),
    required<&create_stream_processor_request::role_arn>("RoleArn", shapes::role_arn),
    optional<&create_stream_processor_request::tags>("Tags", shapes::tag_map),
    optional<&create_stream_processor_request::notification>("NotificationChannel", shapes::stream_notification),
    optional<&create_stream_processor_request::data_sharing>("DataSharingPreference", shapes::stream_data_sharing),
    refused<create_stream_processor_request>("KmsKeyId"),
    refused<create_stream_processor_request>("RegionsOfInterest")};

template <>
inline constexpr std::array fields_of<describe_stream_processor_request>{
    required<&describe_stream_processor_request::name>("Name", shapes::stream_processor_name)};

template <>
inline constexpr std::array fields_of<list_stream_processors_request>{
    optional<&list_stream_processors_request::next_token>("NextToken", shapes::pagination_token),
    optional<&list_stream_processors_request::max_results>("MaxResults", shapes::max_results)};

template <>
inline constexpr std::array fields_of<start_stream_processor_request>{
    required<&start_stream_processor_request::name>("Name", shapes::stream_processor_name),
    refused<start_stream_processor_request>("StartSelector"), refused<start_stream_processor_request>("StopSelector")};

template <>
inline constexpr std::array fields_of<stop_stream_processor_request>{
    required<&stop_stream_processor_request::name>("Name", shapes::stream_processor_name)};

template <>
inline constexpr std::array fields_of<update_stream_processor_request>{
    required<&update_stream_processor_request::name>("Name", shapes::stream_processor_name),
    refused<update_stream_processor_request>("SettingsForUpdate"),
    refused<update_stream_processor_request>("RegionsOfInterestForUpdate"),
    optional<&update_stream_processor_request::data_sharing>("DataSharingPreferenceForUpdate",
                                                             shapes::stream_data_sharing),
    refused<update_stream_processor_request>("ParametersToDelete")};

template <>
inline constexpr std::array fields_of<delete_stream_processor_request>{
    required<&delete_stream_processor_request::name>("Name", shapes::stream_processor_name)};

template <>
inline constexpr std::array fields_of<realtime_query>{
    required<&realtime_query::version>("Version", shapes::realtime_version),
    required<&realtime_query::operation>("Operation", shapes::realtime_operation),
    optional<&realtime_query::id>("Id", shapes::caller_id),
    optional<&realtime_query::collection_id>("CollectionId", shapes::collection_id),
    optional<&realtime_query::max_faces>("MaxFaces", shapes::max_faces),
    optional<&realtime_query::face_match_threshold>("FaceMatchThreshold", shapes::percent),
    optional<&realtime_query::quality_filter>("QualityFilter", shapes::quality_filter),
    optional<&realtime_query::face_model_version>("FaceModelVersion", shapes::caller_id),
    optional<&realtime_query::purpose>("Purpose", shapes::purpose),
    optional<&realtime_query::accept_partial>("AcceptPartial", shapes::truth),
    optional<&realtime_query::decides_from>("DecidesFrom", shapes::percent),
    optional<&realtime_query::timeout_ms>("TimeoutMillis", shapes::timeout_ms),
    optional<&realtime_query::after>("After", shapes::event_number),
    optional<&realtime_query::max_results>("MaxResults", shapes::event_page),
    optional<&realtime_query::camera>("Camera", shapes::collection_id)};

template <>
inline constexpr std::array fields_of<pushed_frame_header>{
    required<&pushed_frame_header::version>("Version", shapes::realtime_version),
    required<&pushed_frame_header::camera>("Camera", shapes::channel),
    optional<&pushed_frame_header::captured_millis>("CapturedMillis", shapes::event_number)};

template <>
inline constexpr std::array fields_of<start_face_detection_request>{
    required<&start_face_detection_request::video>("Video", shapes::video),
    optional<&start_face_detection_request::client_request_token>("ClientRequestToken", shapes::client_request_token),
    refused_notification<start_face_detection_request>(),
    optional<&start_face_detection_request::face_attributes>("FaceAttributes", shapes::video_attributes),
    optional<&start_face_detection_request::job_tag>("JobTag", shapes::job_tag)};

template <>
inline constexpr std::array fields_of<start_face_search_request>{
    required<&start_face_search_request::video>("Video", shapes::video),
    optional<&start_face_search_request::client_request_token>("ClientRequestToken", shapes::client_request_token),
    optional<&start_face_search_request::face_match_threshold>("FaceMatchThreshold", shapes::percent),
    required<&start_face_search_request::collection_id>("CollectionId", shapes::collection_id),
    refused_notification<start_face_search_request>(),
    optional<&start_face_search_request::job_tag>("JobTag", shapes::job_tag)};

template <>
inline constexpr std::array fields_of<start_person_tracking_request>{
    required<&start_person_tracking_request::video>("Video", shapes::video),
    optional<&start_person_tracking_request::client_request_token>("ClientRequestToken", shapes::client_request_token),
    refused_notification<start_person_tracking_request>(),
    optional<&start_person_tracking_request::job_tag>("JobTag", shapes::job_tag)};

template <>
inline constexpr std::array fields_of<get_face_detection_request>{
    required<&get_face_detection_request::job_id>("JobId", shapes::job_id),
    optional<&get_face_detection_request::max_results>("MaxResults", shapes::max_results),
    optional<&get_face_detection_request::next_token>("NextToken", shapes::pagination_token)};

template <>
inline constexpr std::array fields_of<get_face_search_request>{
    required<&get_face_search_request::job_id>("JobId", shapes::job_id),
    optional<&get_face_search_request::max_results>("MaxResults", shapes::max_results),
    optional<&get_face_search_request::next_token>("NextToken", shapes::pagination_token),
    optional<&get_face_search_request::sort_by>("SortBy", shapes::video_sort)};

template <>
inline constexpr std::array fields_of<get_person_tracking_request>{
    required<&get_person_tracking_request::job_id>("JobId", shapes::job_id),
    optional<&get_person_tracking_request::max_results>("MaxResults", shapes::max_results),
    optional<&get_person_tracking_request::next_token>("NextToken", shapes::pagination_token),
    optional<&get_person_tracking_request::sort_by>("SortBy", shapes::video_sort)};

} // namespace rollcall::wire
