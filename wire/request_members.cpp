#include "wire/request_members.hpp"

#include "wire/base64.hpp"
#include "wire/stream_uri.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/string.hpp>

namespace rollcall::wire {

namespace json = boost::json;

namespace {

std::string_view text_of(const json::value& value) {
  const auto& text = value.get_string();
  return {text.data(), text.size()};
}

/// The member `name` when it is there and not null.
const json::value* find(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

/// The member `name` of the member `within`, when both are there and not null.
const json::value* find(const json::value& value, std::string_view within, std::string_view name) {
  const auto* outer = find(value.get_object(), within);
  return outer == nullptr ? nullptr : find(outer->get_object(), name);
}

std::optional<std::string> text_within(const json::value& value, std::string_view within, std::string_view name) {
  const auto* text = find(value, within, name);
  return text == nullptr ? std::nullopt : std::optional{std::string{text_of(*text)}};
}

/// Its shape has checked that it is one of the enumeration's.
template <class Enum>
core::status assign_enum(Enum& member, const json::value& value) {
  const auto read = parse_enum<Enum>(text_of(value));
  ROLLCALL_ASSERT(read.has_value());
  member = *read;
  return core::nothing{};
}

core::face_id face_id_of(const json::value& value) {
  const auto id = core::parse_uuid(text_of(value));
  ROLLCALL_ASSERT(id.has_value());
  return {*id};
}

core::result<core::shared_bytes> bytes_of(const json::value& value) {
  auto decoded = decode_base64(text_of(value));
  if (!decoded)
    return core::fail(core::error_code::malformed, "The image's Bytes are not valid base64.");
  return std::make_shared<const core::bytes>(*std::move(decoded));
}

core::result<s3_object> s3_object_of(const json::value& value) {
  const auto& object = value.get_object();
  const auto* bucket = find(object, "Bucket");
  const auto* name = find(object, "Name");
  if (bucket == nullptr || name == nullptr)
    return core::fail(core::error_code::invalid_s3_object, "An S3Object needs both Bucket and Name.");
  s3_object read{std::string{text_of(*bucket)}, std::string{text_of(*name)}, std::nullopt};
  if (const auto* version = find(object, "Version"))
    read.version = std::string{text_of(*version)};
  return read;
}

} // namespace

core::status assign_member(std::string& member, const json::value& value) {
  member = text_of(value);
  return core::nothing{};
}

core::status assign_member(core::face_id& member, const json::value& value) {
  member = face_id_of(value);
  return core::nothing{};
}

core::status assign_member(int& member, const json::value& value) {
  constexpr double lowest = std::numeric_limits<int>::min();
  constexpr double highest = std::numeric_limits<int>::max();
  member = static_cast<int>(std::clamp(value.to_number<double>(), lowest, highest));
  return core::nothing{};
}

core::status assign_member(std::int64_t& member, const json::value& value) {
  constexpr double highest = 9.2e18;
  member = value.is_int64() ? value.get_int64()
                            : static_cast<std::int64_t>(std::clamp(value.to_number<double>(), -highest, highest));
  return core::nothing{};
}

core::status assign_member(bool& member, const json::value& value) {
  member = value.get_bool();
  return core::nothing{};
}

core::status assign_member(float& member, const json::value& value) {
  member = static_cast<float>(value.to_number<double>());
  return core::nothing{};
}

core::status assign_member(quality_filter& member, const json::value& value) {
  return assign_enum(member, value);
}

core::status assign_member(video_attributes& member, const json::value& value) {
  return assign_enum(member, value);
}

core::status assign_member(video_sort& member, const json::value& value) {
  return assign_enum(member, value);
}

core::status assign_member(realtime_operation& member, const json::value& value) {
  const auto read = parse_enum<realtime_operation>(text_of(value));
  ROLLCALL_ASSERT(read.has_value());
  member = *read;
  return core::nothing{};
}

core::status assign_member(attribute_set& member, const json::value& value) {
  for (const auto& one : value.get_array()) {
    const auto read = parse_enum<attribute>(text_of(one));
    ROLLCALL_ASSERT(read.has_value());
    member.add(*read);
  }
  return core::nothing{};
}

core::status assign_member(std::vector<std::string>& member, const json::value& value) {
  for (const auto& one : value.get_array())
    member.emplace_back(text_of(one));
  return core::nothing{};
}

core::status assign_member(std::vector<core::face_id>& member, const json::value& value) {
  std::set<core::face_id> seen;
  for (const auto& one : value.get_array())
    if (const auto id = face_id_of(one); seen.insert(id).second)
      member.push_back(id);
  return core::nothing{};
}

core::status assign_member(tag_map& member, const json::value& value) {
  for (const auto& one : value.get_object())
    member.emplace(one.key(), text_of(one.value()));
  return core::nothing{};
}

core::status assign_member(stream_input& member, const json::value& value) {
  auto uri = text_within(value, "KinesisVideoStream", "Arn");
  if (!uri)
    return core::fail(core::error_code::invalid_argument, "must have a KinesisVideoStream with an Arn.");
  if (auto checked = check_stream_uri(*uri); !checked)
    return core::fail(core::error_code::invalid_argument, ".KinesisVideoStream.Arn " + checked.failure().message);
  member.uri = *std::move(uri);
  return core::nothing{};
}

core::status assign_member(stream_output& member, const json::value& value) {
  member.kinesis_arn = text_within(value, "KinesisDataStream", "Arn");
  member.s3_bucket = text_within(value, "S3Destination", "Bucket");
  member.s3_key_prefix = text_within(value, "S3Destination", "KeyPrefix");
  return core::nothing{};
}

core::status assign_member(stream_settings& member, const json::value& value) {
  if (find(value.get_object(), "ConnectedHome") != nullptr)
    return core::fail(core::error_code::invalid_argument,
                      "can't have ConnectedHome: this server searches streams for faces (FaceSearch) only.");
  auto collection = text_within(value, "FaceSearch", "CollectionId");
  if (!collection)
    return core::fail(core::error_code::invalid_argument, "must have FaceSearch with a CollectionId.");
  member.collection_id = *std::move(collection);
  if (const auto* threshold = find(value, "FaceSearch", "FaceMatchThreshold"))
    member.face_match_threshold = std::max(least_stream_threshold, static_cast<float>(threshold->to_number<double>()));
  return core::nothing{};
}

core::status assign_member(stream_notification& member, const json::value& value) {
  return assign_member(member.sns_topic_arn, value.get_object().at("SNSTopicArn"));
}

core::status assign_member(stream_data_sharing& member, const json::value& value) {
  member.opt_in = value.get_object().at("OptIn").get_bool();
  return core::nothing{};
}

core::status refuse_member() {
  return core::fail(core::error_code::invalid_argument,
                    "is for label detection: a stream processor that searches for faces can't have it.");
}

core::status assign_member(video& member, const json::value& value) {
  const auto* s3 = find(value.get_object(), "S3Object");
  if (s3 == nullptr)
    return core::fail(core::error_code::invalid_argument, "must have an S3Object: bucket and name of the video.");
  ROLLCALL_TRY(member.s3, s3_object_of(*s3));
  return core::nothing{};
}

core::status refuse_notification() {
  return core::fail(core::error_code::invalid_argument,
                    "can't be served: there is no SNS here. Leave it out, and ask for the job's results until its "
                    "JobStatus is SUCCEEDED or FAILED.");
}

core::status assign_member(image& member, const json::value& value) {
  const auto* bytes = find(value.get_object(), "Bytes");
  const auto* s3 = find(value.get_object(), "S3Object");
  if ((bytes == nullptr) == (s3 == nullptr))
    return core::fail(core::error_code::invalid_argument, bytes == nullptr
                                                              ? "must have one of Bytes and S3Object; it has neither."
                                                              : "must have one of Bytes and S3Object; it has both.");
  if (bytes != nullptr) {
    ROLLCALL_TRY(member.bytes, bytes_of(*bytes));
    return core::nothing{};
  }
  ROLLCALL_TRY(member.s3, s3_object_of(*s3));
  return core::nothing{};
}

} // namespace rollcall::wire
