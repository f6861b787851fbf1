/// Events of cameras as they are shown to callers and subscribers. Any thread.
#pragma once

#include "actors/interfaces.hpp"
#include "wire/arn.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::front {

struct caller;

/// The event with its number; what its body does not say itself is told from the record.
[[nodiscard]] boost::json::object show(const store::event_record& event);

struct events_read {
  store::page<store::event_record, std::uint64_t> page;
  std::uint64_t last = 0; ///< whoever reads on after it misses nothing
};

/// Events that come after a number, in order; none: after the newest. On STORE's pool.
[[nodiscard]] core::result<events_read> read_events(store::store& in, const store::event_filter& filter,
                                                    std::optional<std::uint64_t> after, std::size_t limit);

/// What an event is published under: `camera/NAME/KIND` and `collection/ID/NAME/KIND`. Its stream record goes under
/// `record/ID/NAME`.
[[nodiscard]] std::vector<std::string> topics_of(const store::event_record& event);

/// The event, `shown`, as a record of Rekognition's stream processors, for programs that read those: the face in view,
/// and whom it resembles. None for events without a face. What Rekognition says beyond an event (the fragment of
/// the stream) is left out; `ProducerTimestamp` is when the frame was captured.
[[nodiscard]] std::optional<boost::json::object>
to_stream_record(const store::event_record& event, const boost::json::object& shown, const wire::arn_scope& scope);

/// Whether all that begins with `topic` is of collections that `who` may see.
[[nodiscard]] bool may_subscribe(const caller& who, std::string_view topic);

} // namespace rollcall::front
