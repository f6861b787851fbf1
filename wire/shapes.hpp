/// The shapes of Rekognition's requests as data: what the service model calls shapes, one constant each, with the
/// model's constraints. `check` holds a JSON value against one. Read-only tables; any thread.
#pragma once

#include "core/result.hpp"
#include "wire/enums.hpp"
#include "wire/patterns.hpp"
#include "wire/realtime.hpp"

#include <boost/json/value.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::wire {

/// `anything` is not looked at.
enum class json_kind : std::uint8_t { text, blob, boolean, integer, number, list, map, structure, anything };

struct field;

/// What a value must be. `min` and `max` bound the value of a number, the characters of a text, the decoded bytes of a
/// blob, the members of a list or map.
struct shape {
  json_kind kind = json_kind::text;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
  wire::pattern pattern = pattern::anything;     ///< of a text
  std::span<const std::string_view> values = {}; ///< of a text; empty means any
  const shape* member = nullptr;                 ///< of a list's or map's values
  const shape* key = nullptr;                    ///< of a map's keys
  std::span<const field> fields = {};            ///< of a structure
};

/// A member of a structure.
struct field {
  std::string_view name; ///< as in JSON, e.g. "MaxResults"
  const shape* of = nullptr;
  bool is_required = false;
};

/// What checking a request found. A wrong type ends the matter; violations are counted, and the first ten described.
class findings {
public:
  void wrong_type(std::string_view path, std::string_view expected);
  void violation(std::string_view path, std::string_view value, std::string_view constraint);

  [[nodiscard]] bool is_malformed() const noexcept { return malformed_.has_value(); }
  /// Success when nothing was found; else `malformed` or `constraint_violation` in AWS's words.
  [[nodiscard]] core::status verdict() const;

private:
  std::optional<std::string> malformed_;
  std::size_t violations_ = 0;
  std::string text_;
};

/// Checks `value` (null when absent) as the member `which` of a structure at `path` ("" for the request itself).
void check_field(const field& which, const boost::json::value* value, const std::string& path, findings& found);

namespace shapes {

inline constexpr shape collection_id{.kind = json_kind::text, .min = 1, .max = 255, .pattern = pattern::collection_id};
inline constexpr shape user_id{.kind = json_kind::text, .min = 1, .max = 128, .pattern = pattern::user_id};
inline constexpr shape external_image_id{.kind = json_kind::text, .min = 1, .max = 255, .pattern = pattern::user_id};
inline constexpr shape face_id{.kind = json_kind::text, .pattern = pattern::uuid};
inline constexpr shape client_request_token{
    .kind = json_kind::text, .min = 1, .max = 64, .pattern = pattern::client_token};
inline constexpr shape pagination_token{.kind = json_kind::text, .max = 255};
inline constexpr shape resource_arn{.kind = json_kind::text, .min = 20, .max = 2048};
inline constexpr shape quality_filter{.kind = json_kind::text, .values = enum_texts<wire::quality_filter>};
inline constexpr shape attribute{.kind = json_kind::text, .values = enum_texts<wire::attribute>};
inline constexpr shape attributes{.kind = json_kind::list, .member = &attribute};

inline constexpr shape page_size{.kind = json_kind::integer, .min = 0, .max = 4096};
inline constexpr shape max_faces{.kind = json_kind::integer, .min = 1, .max = 4096};
inline constexpr shape max_faces_to_index{.kind = json_kind::integer, .min = 1};
inline constexpr shape max_user_results{.kind = json_kind::integer, .min = 1, .max = 500};
inline constexpr shape percent{.kind = json_kind::number, .min = 0, .max = 100};

inline constexpr shape face_id_list{.kind = json_kind::list, .min = 1, .max = 4096, .member = &face_id};
inline constexpr shape user_face_id_list{.kind = json_kind::list, .min = 1, .max = 100, .member = &face_id};

inline constexpr shape tag_key{.kind = json_kind::text, .min = 1, .max = 128, .pattern = pattern::tag_key};
inline constexpr shape tag_value{.kind = json_kind::text, .min = 0, .max = 256, .pattern = pattern::tag_value};
inline constexpr shape tag_key_list{.kind = json_kind::list, .min = 0, .max = 200, .member = &tag_key};
inline constexpr shape tag_map{.kind = json_kind::map, .min = 0, .max = 200, .member = &tag_value, .key = &tag_key};

inline constexpr shape image_blob{.kind = json_kind::blob, .min = 1, .max = 5'242'880};
inline constexpr shape s3_bucket{.kind = json_kind::text, .min = 3, .max = 255, .pattern = pattern::bucket};
inline constexpr shape s3_text{.kind = json_kind::text, .min = 1, .max = 1024};
inline constexpr field s3_fields[] = {{"Bucket", &s3_bucket}, {"Name", &s3_text}, {"Version", &s3_text}};
inline constexpr shape s3_object{.kind = json_kind::structure, .fields = s3_fields};
inline constexpr field image_fields[] = {{"Bytes", &image_blob}, {"S3Object", &s3_object}};
inline constexpr shape image{.kind = json_kind::structure, .fields = image_fields};

inline constexpr shape stream_processor_name{
    .kind = json_kind::text, .min = 1, .max = 128, .pattern = pattern::collection_id};
inline constexpr shape max_results{.kind = json_kind::integer, .min = 1};
/// Not the model's, whose pattern is that of ARNs in Kinesis: what else it must be, `check_stream_uri` says.
inline constexpr shape stream_uri{.kind = json_kind::text};
inline constexpr field video_stream_fields[] = {{"Arn", &stream_uri}};
inline constexpr shape video_stream{.kind = json_kind::structure, .fields = video_stream_fields};
inline constexpr field stream_input_fields[] = {{"KinesisVideoStream", &video_stream}};
inline constexpr shape stream_input{.kind = json_kind::structure, .fields = stream_input_fields};
inline constexpr shape kinesis_arn{.kind = json_kind::text, .pattern = pattern::kinesis_arn};
inline constexpr field data_stream_fields[] = {{"Arn", &kinesis_arn}};
inline constexpr shape data_stream{.kind = json_kind::structure, .fields = data_stream_fields};
inline constexpr shape s3_prefix{.kind = json_kind::text, .max = 1024};
inline constexpr field s3_destination_fields[] = {{"Bucket", &s3_bucket}, {"KeyPrefix", &s3_prefix}};
inline constexpr shape s3_destination{.kind = json_kind::structure, .fields = s3_destination_fields};
inline constexpr field stream_output_fields[] = {{"KinesisDataStream", &data_stream},
                                                 {"S3Destination", &s3_destination}};
inline constexpr shape stream_output{.kind = json_kind::structure, .fields = stream_output_fields};
inline constexpr shape role_arn{.kind = json_kind::text, .pattern = pattern::role_arn};
inline constexpr shape topic_arn{.kind = json_kind::text, .pattern = pattern::topic_arn};
inline constexpr field stream_notification_fields[] = {{"SNSTopicArn", &topic_arn, true}};
inline constexpr shape stream_notification{.kind = json_kind::structure, .fields = stream_notification_fields};
inline constexpr shape truth{.kind = json_kind::boolean};
inline constexpr field stream_data_sharing_fields[] = {{"OptIn", &truth, true}};
inline constexpr shape stream_data_sharing{.kind = json_kind::structure, .fields = stream_data_sharing_fields};
/// What face search has no use for; refused once the constraints of the others hold.
inline constexpr shape label_detection{.kind = json_kind::anything};
inline constexpr field face_search_fields[] = {{"CollectionId", &collection_id}, {"FaceMatchThreshold", &percent}};
inline constexpr shape face_search{.kind = json_kind::structure, .fields = face_search_fields};
inline constexpr field stream_settings_fields[] = {{"FaceSearch", &face_search}, {"ConnectedHome", &label_detection}};
inline constexpr shape stream_settings{.kind = json_kind::structure, .fields = stream_settings_fields};

// Of the ZeroMQ plane.
inline constexpr shape realtime_version{.kind = json_kind::integer, .min = 1, .max = 1};
inline constexpr shape realtime_operation{.kind = json_kind::text, .values = enum_texts<wire::realtime_operation>};
inline constexpr shape caller_id{.kind = json_kind::text, .max = 128};
inline constexpr shape purpose{.kind = json_kind::text, .max = 256};
inline constexpr shape timeout_ms{.kind = json_kind::integer, .min = 1, .max = 600'000};
inline constexpr shape event_number{.kind = json_kind::integer, .min = 0};
inline constexpr shape event_page{.kind = json_kind::integer, .min = 1, .max = 1'000};
inline constexpr shape channel{.kind = json_kind::text, .min = 1, .max = 128, .pattern = pattern::collection_id};

inline constexpr field video_fields[] = {{"S3Object", &s3_object}};
inline constexpr shape video{.kind = json_kind::structure, .fields = video_fields};
inline constexpr shape job_id{.kind = json_kind::text, .min = 1, .max = 64, .pattern = pattern::client_token};
inline constexpr shape job_tag{.kind = json_kind::text, .min = 1, .max = 1024, .pattern = pattern::job_tag};
inline constexpr shape video_attributes{.kind = json_kind::text, .values = enum_texts<wire::video_attributes>};
inline constexpr shape video_sort{.kind = json_kind::text, .values = enum_texts<wire::video_sort>};
inline constexpr field video_notification_fields[] = {{"SNSTopicArn", &topic_arn, true}, {"RoleArn", &role_arn, true}};
inline constexpr shape video_notification{.kind = json_kind::structure, .fields = video_notification_fields};

} // namespace shapes

} // namespace rollcall::wire
