/// How the values of `wire/shared.hpp` are written in JSON; found by `json_writer` through their types. Any thread.
#pragma once

#include "wire/faces.hpp"
#include "wire/json_writer.hpp"
#include "wire/shared.hpp"
#include "wire/streams.hpp"

namespace rollcall::core {

/// Beside its type, where the lookup by argument finds it.
void write_members(wire::json_writer& to, const ratio_box& from);

} // namespace rollcall::core

namespace rollcall::wire {

void write_members(json_writer& to, const landmark& from);
void write_members(json_writer& to, const pose& from);
void write_members(json_writer& to, const image_quality& from);
void write_members(json_writer& to, const age_range& from);
void write_members(json_writer& to, const verdict& from);
void write_members(json_writer& to, const gender& from);
void write_members(json_writer& to, const emotion& from);
void write_members(json_writer& to, const eye_direction& from);
void write_members(json_writer& to, const face_detail& from);
void write_members(json_writer& to, const compared_face& from);
void write_members(json_writer& to, const face& from);
void write_members(json_writer& to, const face_match& from);
void write_members(json_writer& to, const user& from);
void write_members(json_writer& to, const user_match& from);
void write_members(json_writer& to, const failed_face& from);
void write_members(json_writer& to, const stream_input& from);
void write_members(json_writer& to, const stream_output& from);
void write_members(json_writer& to, const stream_settings& from);
void write_members(json_writer& to, const stream_notification& from);
void write_members(json_writer& to, const stream_data_sharing& from);
/// All but the tags, which replies do not have.
void write_stream_details(json_writer& to, const stream_details& from);

} // namespace rollcall::wire
