// What an operator's doctor asks of a node: its clock, its record, its machine.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/routes.hpp"
#include "wire/json_document.hpp"

#include <chrono>

namespace rollcall::front::admin {

namespace {

using std::chrono::milliseconds;

// A record or a disk that hangs must not keep the doctor from telling so.
constexpr milliseconds patience{5'000};

std::int64_t since_epoch(core::wall_time at) {
  return std::chrono::duration_cast<milliseconds>(at.time_since_epoch()).count();
}

double to_ms(core::steady_time::duration span) {
  return std::chrono::duration<double, std::milli>(span).count();
}

asio::awaitable<json::object> examine_store(request_context& context, core::deadline until) {
  const auto begun = std::chrono::steady_clock::now();
  auto asking = read(store_access{context.with.via, context.with.parts.store, until},
                     [](store::store& in) { return in.describe(); });
  const auto found = co_await std::move(asking);
  const auto took = std::chrono::steady_clock::now() - begun;
  if (!found) {
    core::log(core::log_level::warning, "front", "a doctor did not reach the store",
              {{"request", core::to_string(context.request)},
               {"error", found.failure().message},
               {"context", found.failure().context}});
    co_return json::object{{"problem", found.failure().message}};
  }
  // The database looked at its clock about half-way.
  const auto ahead = since_epoch(found->now) - since_epoch(context.with.parts.clock.now());
  co_return json::object{{"engine", found->engine},
                         {"schema", found->schema},
                         {"latency_ms", to_ms(took)},
                         {"clock_ahead_ms", static_cast<double>(ahead) + to_ms(took) / 2}};
}

asio::awaitable<json::object> examine_machine(services& with) {
  auto asking = suspend<std::string>([&with](completion<std::string> done) {
    if (!with.inspector.post([&with, done](std::size_t) { done(with.parts.inspect()); }))
      done(core::fail(core::error_code::overloaded, "The machine is being looked at already: try again."));
  });
  const auto found = co_await std::move(asking);
  if (!found)
    co_return json::object{{"problem", found.failure().message}};
  const auto said = wire::json_document::parse(*found);
  if (!said)
    co_return json::object{{"problem", said.failure().message}};
  co_return json::object(said->root(), json::storage_ptr{}); // the document's own memory goes with it
}

} // namespace

admin_answer examine(admin_request& request) {
  auto& context = request.context;
  auto& with = context.with;
  auto asking_store = examine_store(context, core::deadline::in(patience));
  auto store = co_await std::move(asking_store);
  auto asking_machine = examine_machine(with);
  auto machine = co_await std::move(asking_machine);
  json::object body{{"version", with.parts.node_version},
                    {"is_clustered", static_cast<bool>(with.parts.cluster)},
                    {"now_ms", since_epoch(with.parts.clock.now())}};
  body["store"] = std::move(store);
  body["machine"] = std::move(machine);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
