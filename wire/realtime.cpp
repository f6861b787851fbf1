#include "wire/realtime.hpp"

#include "wire/json_writer.hpp"
#include "wire/shared_members.hpp"

namespace rollcall::wire {

static void write_members(json_writer& to, const probe_matches& from) {
  to.member("FaceMatches", from.face_matches);
  to.member("FaceModelVersion", from.face_model_version);
}

static void write_members(json_writer& to, const realtime_reply& from) {
  to.member("Version", realtime_version);
  if (!from.id.empty())
    to.member("Id", from.id);
  to.member("RequestId", from.request);
  if (!from.error.empty()) {
    to.member("Error", from.error);
    to.member("Message", from.message);
  }
  if (from.search_us > 0)
    to.member("SearchMicros", from.search_us);
  if (!from.headers.empty())
    to.member("Headers", from.headers);
}

std::string encode(const realtime_reply& from) {
  json_writer to;
  to.value(from);
  return to.take();
}

std::string encode(const probe_matches& from) {
  json_writer to;
  to.value(from);
  return to.take();
}

} // namespace rollcall::wire
