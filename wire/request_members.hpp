/// Puts JSON values that have passed `check_field` into the members of requests. What can still fail here is
/// a picture, whose base64 is read now, and what else must be more than its shape says. Any thread.
#pragma once

#include "core/result.hpp"
#include "wire/realtime.hpp"
#include "wire/shared.hpp"
#include "wire/streams.hpp"
#include "wire/videos.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace rollcall::wire {

core::status assign_member(std::string& member, const boost::json::value& value);
core::status assign_member(core::face_id& member, const boost::json::value& value);
/// Numbers beyond int become its limits: members without a maximum are capped by their users anyway.
core::status assign_member(int& member, const boost::json::value& value);
core::status assign_member(std::int64_t& member, const boost::json::value& value);
core::status assign_member(bool& member, const boost::json::value& value);
core::status assign_member(float& member, const boost::json::value& value);
core::status assign_member(quality_filter& member, const boost::json::value& value);
core::status assign_member(realtime_operation& member, const boost::json::value& value);
core::status assign_member(attribute_set& member, const boost::json::value& value);
core::status assign_member(std::vector<std::string>& member, const boost::json::value& value);
/// Keeps the first of each id, in the order sent.
core::status assign_member(std::vector<core::face_id>& member, const boost::json::value& value);
core::status assign_member(tag_map& member, const boost::json::value& value);
/// Errors: `malformed` when the bytes are not base64; `invalid_argument` unless exactly one of bytes and S3 object is
/// there; `invalid_s3_object` when that has no bucket or name.
core::status assign_member(image& member, const boost::json::value& value);

/// Errors: `invalid_argument` without a URI, or with one that is not taken.
core::status assign_member(stream_input& member, const boost::json::value& value);
core::status assign_member(stream_output& member, const boost::json::value& value);
/// Raises the threshold to that of streams. Errors: `invalid_argument` when it is not about the search of a collection.
core::status assign_member(stream_settings& member, const boost::json::value& value);
core::status assign_member(stream_notification& member, const boost::json::value& value);
core::status assign_member(stream_data_sharing& member, const boost::json::value& value);
/// Errors: `invalid_argument` without an S3 object; `invalid_s3_object` when that has no bucket or name.
core::status assign_member(video& member, const boost::json::value& value);
core::status assign_member(video_attributes& member, const boost::json::value& value);
core::status assign_member(video_sort& member, const boost::json::value& value);
/// For a video's NotificationChannel. Errors: `invalid_argument`, always.
core::status refuse_notification();
/// For what `shapes::label_detection` stands for. Errors: `invalid_argument`, always.
core::status refuse_member();

template <class T>
core::status assign_member(std::optional<T>& member, const boost::json::value& value) {
  return assign_member(member.emplace(), value);
}

} // namespace rollcall::wire
