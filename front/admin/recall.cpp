// How much of what is nearest a collection's searches may miss.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "wire/json_document.hpp"

namespace rollcall::front::admin {

admin_answer set_recall_floor(admin_request& request) {
  ROLLCALL_CO_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_CO_TRY(const auto floor, read_number(document.root(), "recall_floor"));
  if (!(floor >= store::least_recall_floor && floor <= 1))
    co_return core::fail(core::error_code::constraint_violation,
                         "recall_floor is a share of at least 0.5; 1 asks for exact searches.");
  auto setting = [id = request.arguments.front(), floor](store::store& in) { return in.set_recall_floor(id, floor); };
  auto writing = write(request.context, std::move(setting));
  ROLLCALL_CO_TRY(const auto now, co_await std::move(writing));
  core::log(core::log_level::note, "front", "a collection's recall floor was set",
            {{"collection", now.id},
             {"recall_floor", std::to_string(now.recall_floor)},
             {"by", request.context.who.principal}});
  co_return json_reply(json::object{{"collection_id", now.id}, {"recall_floor", share(now.recall_floor)}});
}

} // namespace rollcall::front::admin
