// What happened before the cameras.
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/camera_events.hpp"
#include "front/operations/lookup.hpp"

#include <boost/json/array.hpp>

#include <charconv>

namespace rollcall::front::admin {

namespace {

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
      shown.push_back(show(event));
  json::object body;
  body["events"] = std::move(shown);
  body["last"] = std::to_string(found.last);
  if (found.page.next)
    body["next"] = std::to_string(*found.page.next);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
