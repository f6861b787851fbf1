#include "wire/events.hpp"

#include "core/timestamp.hpp"
#include "wire/json_writer.hpp"
#include "wire/shared_members.hpp"

namespace rollcall::wire {

static void write_members(json_writer& to, const event_candidate& from) {
  to.member("FaceId", from.face);
  to.member("Similarity", from.similarity);
  to.member("ExternalImageId", from.external_image_id);
  to.member("UserId", from.user_id);
  to.member("BoundingBox", from.box);
  to.member("ImageId", from.image);
  to.member("Confidence", from.confidence);
}

static void write_members(json_writer& to, const event_face& from) {
  to.member("BoundingBox", from.box);
  to.member("Confidence", from.confidence);
  to.member("Landmarks", from.landmarks);
  to.member("Pose", from.pose);
  to.member("Quality", from.quality);
  to.member("OverallQuality", from.overall);
}

static void write_members(json_writer& to, const event_track_span& from) {
  to.member("FirstMillis", from.first.count());
  to.member("LastMillis", from.last.count());
  to.member("Frames", from.frames);
}

static void write_members(json_writer& to, const event& from) {
  to.member("Schema", event_schema);
  to.member("EventId", core::to_string(from.id));
  to.member("Kind", from.kind);
  to.member("Camera", from.camera);
  to.member("CollectionId", from.collection);
  to.member("Node", from.node);
  to.member("Run", from.run);
  to.member("Claim", from.claim);
  to.member("CapturedAt", core::timestamp(from.captured));
  to.member("DecidedAt", core::timestamp(from.decided));
  to.member("PositionMillis", from.position.count());
  to.member("Track", from.track);
  to.member("Continues", from.continues);
  to.member("Face", from.face);
  to.member("TrackSpan", from.span);
  if (!from.candidates.empty())
    to.member("Candidates", from.candidates);
  if (from.gap_from)
    to.member("GapFrom", core::timestamp(*from.gap_from));
  if (!from.message.empty())
    to.member("Message", from.message);
}

std::string encode(const event& from) {
  json_writer to;
  to.value(from);
  return to.take();
}

} // namespace rollcall::wire
