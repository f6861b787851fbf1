// What operators want of single partitions.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "wire/json_document.hpp"

#include <charconv>

namespace rollcall::front::admin {

namespace {

core::result<store::replica_move> read_partition(const admin_request& request) {
  store::replica_move what;
  what.collection = request.arguments[0];
  const auto& text = request.arguments[1];
  const auto* end = text.data() + text.size();
  if (const auto read = std::from_chars(text.data(), end, what.partition); read.ec != std::errc{} || read.ptr != end)
    return core::fail(core::error_code::constraint_violation, "A partition is named COLLECTION/NUMBER");
  return what;
}

core::result<store::replica_move> read_move(const admin_request& request) {
  ROLLCALL_TRY(auto what, read_partition(request));
  ROLLCALL_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_TRY(what.from, read_string(document.root(), "from"));
  ROLLCALL_TRY(what.to, read_string(document.root(), "to"));
  if (what.from.empty() || what.to.empty())
    return core::fail(core::error_code::constraint_violation, "'from' and 'to' name nodes");
  return what;
}

} // namespace

admin_answer move_partition(admin_request& request) {
  ROLLCALL_CO_TRY(const auto what, read_move(request));
  auto asking = ask_cluster<actors::pinned>(request, actors::pin_request{what});
  ROLLCALL_CO_CHECK(co_await std::move(asking));
  core::log(core::log_level::note, "front", "a replica is moved",
            {{"collection", what.collection},
             {"partition", std::to_string(what.partition)},
             {"from", what.from},
             {"to", what.to},
             {"by", request.context.who.principal}});
  co_return json_reply(json::object{});
}

admin_answer release_partition(admin_request& request) {
  ROLLCALL_CO_TRY(const auto what, read_partition(request));
  auto asking = ask_cluster<actors::pinned>(request, actors::pin_request{what});
  ROLLCALL_CO_TRY(const auto done, co_await std::move(asking));
  co_return json_reply(json::object{{"released", done.released}});
}

} // namespace rollcall::front::admin
