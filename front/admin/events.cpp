// What happened before the cameras.
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/operations/lookup.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <charconv>

namespace rollcall::front::admin {

namespace {

/// The event as subscribers get it, with its number; what its body does not say itself is told from the record.
json::object describe(const store::event_record& event) {
  const auto body = wire::json_document::parse(event.body);
  json::object shown{body ? body->root() : json::object{}, json::storage_ptr{}}; // the document's memory goes with it
  shown["Seq"] = event.seq;
  const auto add = [&shown](std::string_view name, const std::string& value) {
    if (!shown.contains(name))
      shown[name] = value;
  };
  add("EventId", core::to_string(event.id));
  add("Kind", event.kind);
  add("Camera", event.camera);
  add("CollectionId", event.collection);
  add("CapturedAt", timestamp(event.captured));
  return shown;
}

/// Nothing for "newest".
core::result<std::optional<std::uint64_t>> read_number_after(const std::string& text) {
  if (text == "newest")
    return std::optional<std::uint64_t>{};
  std::int64_t after = 0; // as the store's columns
  const auto read = std::from_chars(text.data(), text.data() + text.size(), after);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size() || after < 0)
    return core::fail(core::error_code::constraint_violation, "'after' must be the number of an event, 0 or newest");
  return std::optional{static_cast<std::uint64_t>(after)};
}

struct events_read {
  store::page<store::event_record, std::uint64_t> page;
  std::uint64_t last = 0; ///< whoever reads on after it misses nothing
};

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

} // namespace

admin_answer list_events(admin_request& request) {
  ROLLCALL_CO_TRY(const auto limit, request.read_limit());
  ROLLCALL_CO_TRY(const auto after, read_number_after(request.find_query("after").value_or("0")));
  store::event_filter filter{request.find_query("camera"), request.find_query("collection"),
                             request.find_query("kind")};
  auto reading = [filter = std::move(filter), after, limit](store::store& in) {
    return read_events(in, filter, after, limit);
  };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  json::array shown;
  for (const auto& event : found.page.rows)
    if (operations::may_see(request.context.who, event.collection))
      shown.push_back(describe(event));
  json::object body;
  body["events"] = std::move(shown);
  body["last"] = std::to_string(found.last);
  if (found.page.next)
    body["next"] = std::to_string(*found.page.next);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
