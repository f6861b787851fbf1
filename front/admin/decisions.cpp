// The decision log: who asked for whom, why, and what was answered.
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/operations/lookup.hpp"

#include <boost/json/array.hpp>

#include <charconv>

namespace rollcall::front::admin {

namespace {

json::object describe(const store::decision& entry) {
  json::array candidates;
  for (const auto& one : entry.candidates)
    candidates.push_back(json::object{{"id", one.id}, {"similarity", one.similarity}});
  json::object shown{{"request", core::to_string(entry.request)},
                     {"at", timestamp(entry.at)},
                     {"principal", entry.principal},
                     {"access_key", entry.access_key},
                     {"purpose", entry.purpose},
                     {"operation", entry.operation},
                     {"collection", entry.collection},
                     {"probe", entry.probe},
                     {"model_version", entry.model_version},
                     {"threshold", entry.threshold},
                     {"gallery_size", entry.gallery_size},
                     {"partitions_asked", entry.partitions_asked},
                     {"partitions_answered", entry.partitions_answered},
                     {"is_exact", entry.is_exact},
                     {"is_current", entry.is_current}};
  shown["candidates"] = std::move(candidates);
  return shown;
}

core::result<std::optional<std::uint64_t>> read_position(const std::optional<std::string>& text) {
  if (!text)
    return std::optional<std::uint64_t>{};
  std::uint64_t position = 0;
  const auto read = std::from_chars(text->data(), text->data() + text->size(), position);
  if (read.ec != std::errc{} || read.ptr != text->data() + text->size())
    return core::fail(core::error_code::invalid_token, "'before' must be the 'next' of another reply");
  return std::optional{position};
}

} // namespace

admin_answer list_decisions(admin_request& request) {
  ROLLCALL_CO_TRY(const auto limit, request.read_limit());
  ROLLCALL_CO_TRY(const auto before, read_position(request.find_query("before")));
  store::decision_filter filter{request.find_query("collection"), request.find_query("principal"),
                                request.find_query("candidate")};
  auto reading = [filter = std::move(filter), before, limit](store::store& in) {
    return in.list_decisions(filter, before, limit);
  };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  json::array shown;
  for (const auto& entry : page.rows)
    shown.push_back(describe(entry));
  json::object body;
  body["decisions"] = std::move(shown);
  if (page.next)
    body["next"] = std::to_string(*page.next);
  co_return json_reply(body);
}

admin_answer show_decision(admin_request& request) {
  const auto id = core::parse_uuid(request.arguments.front());
  if (!id)
    co_return core::fail(core::error_code::constraint_violation, "A request id is a lower-case UUID");
  auto reading = [id = core::request_id{*id}](store::store& in) {
    return operations::or_missing(in.find_decision(id), "There is no decision of that request");
  };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto entry, co_await std::move(asked));
  co_return json_reply(describe(entry));
}

} // namespace rollcall::front::admin
