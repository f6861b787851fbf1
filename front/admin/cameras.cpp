// Cameras, which Rekognition calls stream processors.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/processors.hpp"
#include "wire/json_document.hpp"
#include "wire/patterns.hpp"
#include "wire/stream_uri.hpp"

#include <boost/json/array.hpp>

namespace rollcall::front::admin {

namespace {

json::object describe(const store::stream_processor& of) {
  json::object shown{{"name", of.name},
                     {"input", wire::without_secrets(of.input)},
                     {"collection", of.collection},
                     {"threshold", share(of.threshold)},
                     {"status", wire::to_string(operations::to_wire(of.status))},
                     {"message", of.message},
                     {"node", of.node},
                     {"created", timestamp(of.created)},
                     {"updated", timestamp(of.updated)}};
  return shown;
}

core::result<std::string> read_camera_name(const json::object& from) {
  constexpr std::size_t longest_name = 128;
  ROLLCALL_TRY(auto name, read_string(from, "name"));
  if (name.size() > longest_name || !wire::matches(wire::pattern::collection_id, name))
    return core::fail(core::error_code::constraint_violation,
                      "'name' must have 1 to 128 of the characters a-z A-Z 0-9 _ . -");
  return name;
}

core::result<std::string> read_input(const json::object& from) {
  ROLLCALL_TRY(auto uri, read_string(from, "input"));
  if (auto checked = wire::check_stream_uri(uri); !checked)
    return core::fail(core::error_code::constraint_violation, "'input' " + checked.failure().message);
  return uri;
}

core::result<float> read_threshold(const json::object& from) {
  if (!from.contains("threshold"))
    return wire::least_stream_threshold;
  ROLLCALL_TRY(const auto threshold, read_number(from, "threshold"));
  if (!(threshold >= wire::least_stream_threshold && threshold <= 100))
    return core::fail(core::error_code::constraint_violation, "'threshold' is a similarity from 80 to 100");
  return threshold;
}

core::result<wire::create_stream_processor_request> read_camera(const json::object& from) {
  wire::create_stream_processor_request wanted;
  ROLLCALL_TRY(wanted.name, read_camera_name(from));
  ROLLCALL_TRY(wanted.input.uri, read_input(from));
  ROLLCALL_TRY(wanted.settings.collection_id, read_string(from, "collection"));
  ROLLCALL_TRY(wanted.settings.face_match_threshold, read_threshold(from));
  wanted.role_arn = "arn:aws:iam::000000000000:role/rollcall"; // the protocol has no stream processor without one
  return wanted;
}

void note(const admin_request& request, std::string_view what, const std::string& camera) {
  core::log(core::log_level::note, "front", what, {{"camera", camera}, {"by", request.context.who.principal}});
}

/// One change of the camera that the path names.
template <class Change>
auto change_camera(admin_request& request, Change change) {
  return operations::change_processor(request.context, request.arguments.front(), store::role::admin,
                                      std::move(change));
}

} // namespace

admin_answer list_cameras(admin_request& request) {
  ROLLCALL_CO_TRY(const auto limit, request.read_limit());
  const auto after = request.find_query("after").value_or("");
  auto reading = [after, limit](store::store& in) { return in.list_processors(after, limit); };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  json::array shown;
  for (const auto& each : page.rows)
    if (operations::may_see(request.context.who, each.collection))
      shown.push_back(describe(each));
  json::object body;
  body["cameras"] = std::move(shown);
  if (page.next)
    body["next"] = *page.next;
  co_return json_reply(body);
}

admin_answer add_camera(admin_request& request) {
  auto& context = request.context;
  ROLLCALL_CO_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  ROLLCALL_CO_TRY(auto wanted, read_camera(document.root()));
  ROLLCALL_CO_CHECK(
      context.with.gate.permit(context.who, {context.operation, store::role::admin, wanted.settings.collection_id}));
  ROLLCALL_CO_CHECK(context.with.settings.inputs.check(wanted.input.uri));
  const auto made = operations::make_processor(std::move(wanted), context.with.parts.clock.now());
  auto adding = [made](store::store& in) { return operations::create_processor_in(in, made); };
  auto asked = write(context, std::move(adding));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  note(request, "a camera was added", made.name);
  co_return json_reply(describe(made));
}

admin_answer show_camera(admin_request& request) {
  const auto name = request.arguments.front();
  auto permitting = operations::permit_processor(request.context, name, store::role::admin);
  ROLLCALL_CO_CHECK(co_await std::move(permitting));
  auto reading = [name](store::store& in) { return operations::find_processor_in(in, name); };
  auto asked = read(request.context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  co_return json_reply(describe(found));
}

admin_answer start_camera(admin_request& request) {
  auto changing = change_camera(request, [at = request.context.with.parts.clock.now()](auto& in, const auto& name) {
    return operations::start_processor_in(in, name, at);
  });
  ROLLCALL_CO_TRY(const auto now, co_await std::move(changing));
  note(request, "a camera was started", now.name);
  co_return json_reply(describe(now));
}

admin_answer stop_camera(admin_request& request) {
  auto changing = change_camera(request, [at = request.context.with.parts.clock.now()](auto& in, const auto& name) {
    return operations::stop_processor_in(in, name, at);
  });
  ROLLCALL_CO_TRY(const auto now, co_await std::move(changing));
  note(request, "a camera was stopped", now.name);
  co_return json_reply(describe(now));
}

admin_answer remove_camera(admin_request& request) {
  auto changing =
      change_camera(request, [](auto& in, const auto& name) { return operations::delete_processor_in(in, name); });
  ROLLCALL_CO_TRY(const auto gone, co_await std::move(changing));
  note(request, "a camera was removed", gone.name);
  co_return json_reply(json::object{});
}

} // namespace rollcall::front::admin
