/// How replies about stored videos are written in JSON; found by `json_writer` through their types. Any thread.
#pragma once

#include "wire/json_writer.hpp"
#include "wire/videos.hpp"

namespace rollcall::wire {

void write_members(json_writer& to, const start_face_detection_response& from);
void write_members(json_writer& to, const start_face_search_response& from);
void write_members(json_writer& to, const start_person_tracking_response& from);
void write_members(json_writer& to, const get_face_detection_response& from);
void write_members(json_writer& to, const get_face_search_response& from);
void write_members(json_writer& to, const get_person_tracking_response& from);

} // namespace rollcall::wire
