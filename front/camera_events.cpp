#include "front/camera_events.hpp"

#include "core/timestamp.hpp"
#include "front/admission.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace rollcall::front {

boost::json::object show(const store::event_record& event) {
  const auto body = wire::json_document::parse(event.body);
  boost::json::object shown{body ? body->root() : boost::json::object{},
                            boost::json::storage_ptr{}}; // the document's memory goes with it
  shown["Seq"] = event.seq;
  const auto add = [&shown](std::string_view name, const std::string& value) {
    if (!shown.contains(name))
      shown[name] = value;
  };
  add("EventId", core::to_string(event.id));
  add("Kind", event.kind);
  add("Camera", event.camera);
  add("CollectionId", event.collection);
  add("CapturedAt", core::timestamp(event.captured));
  return shown;
}

// Where the newest events are others' than those asked for, nobody has to look at them again.
core::result<events_read> read_events(store::store& in, const store::event_filter& filter,
                                      std::optional<std::uint64_t> after, std::size_t limit) {
  events_read found;
  ROLLCALL_TRY(const auto newest, in.last_event());
  ROLLCALL_TRY(found.page, in.list_events(filter, after.value_or(newest), limit));
  found.last = std::max(newest, after.value_or(0));
  if (found.page.next)
    found.last = *found.page.next;
  else if (!found.page.rows.empty())
    found.last = std::max(found.last, found.page.rows.back().seq);
  return found;
}

std::vector<std::string> topics_of(const store::event_record& event) {
  const auto rest = event.camera + "/" + event.kind;
  return {"camera/" + rest, "collection/" + event.collection + "/" + rest};
}

std::optional<boost::json::object> to_stream_record(const store::event_record& event, const boost::json::object& shown,
                                                    const wire::arn_scope& scope) {
  const auto* face = shown.if_contains("Face");
  if (face == nullptr || !face->is_object())
    return std::nullopt;
  const auto seconds = [](core::wall_time at) { return std::chrono::duration<double>(at.time_since_epoch()).count(); };
  auto detected = face->get_object();
  detected.erase("OverallQuality");
  boost::json::array matched;
  if (const auto* candidates = shown.if_contains("Candidates"); candidates != nullptr && candidates->is_array())
    for (const auto& one : candidates->get_array()) {
      auto who = one.is_object() ? one.get_object() : boost::json::object{};
      const auto similarity = who.contains("Similarity") ? who.at("Similarity") : boost::json::value{};
      for (const auto* ours : {"Similarity", "UserId"})
        who.erase(ours);
      matched.push_back({{"Similarity", similarity}, {"Face", std::move(who)}});
    }
  const auto stream = "arn:aws:kinesisvideo:" + scope.region + ":" + scope.account + ":stream/" + event.camera + "/0";
  boost::json::object record;
  record["InputInformation"] = {{"KinesisVideo",
                                 {{"StreamArn", stream},
                                  {"FragmentNumber", std::to_string(event.seq)},
                                  {"ServerTimestamp", seconds(event.decided)},
                                  {"ProducerTimestamp", seconds(event.captured)},
                                  {"FrameOffsetInSeconds", 0}}}};
  record["StreamProcessorInformation"] = {{"Status", "RUNNING"}};
  boost::json::object found{{"DetectedFace", std::move(detected)}};
  found["MatchedFaces"] = std::move(matched);
  record["FaceSearchResponse"] = boost::json::array(1, std::move(found));
  return record;
}

bool may_subscribe(const caller& who, std::string_view topic) {
  if (who.collections.empty())
    return true;
  return std::ranges::any_of(who.collections, [topic](const std::string& one) {
    return topic.starts_with("collection/" + one + "/") || topic.starts_with("record/" + one + "/");
  });
}

} // namespace rollcall::front
