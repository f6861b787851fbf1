#include "front/realtime/realtime_plane.hpp"

#include "front/camera_events.hpp"
#include "front/error_map.hpp"
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/probe_search.hpp"
#include "wire/codec.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

namespace rollcall::front {

namespace {

core::status check_parts(const wire::realtime_query& wanted, const realtime_message& query) {
  const bool needs_body = wanted.operation != wire::realtime_operation::list_events;
  if (query.body && query.body->size() > wire::max_image_bytes)
    return core::fail(core::error_code::image_too_large,
                      "The second part has at most " + std::to_string(wire::max_image_bytes) + " bytes.");
  if (needs_body == (query.body && !query.body->empty()))
    return core::nothing{};
  return core::fail(core::error_code::invalid_argument,
                    needs_body ? "A search has a second part: the picture, or the embedding."
                               : "This query has no second part.");
}

asio::awaitable<core::result<std::string>> search_by_picture(request_context& context, core::shared_bytes picture,
                                                             wire::realtime_query wanted) {
  wire::search_faces_by_image_request request{*std::move(wanted.collection_id),
                                              {std::move(picture), {}},
                                              wanted.max_faces,
                                              wanted.face_match_threshold,
                                              wanted.quality_filter};
  auto searching = operations::search_faces_by_image(context, std::move(request));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(searching));
  co_return wire::encode(found);
}

asio::awaitable<core::result<std::string>> list_camera_events(request_context& context, wire::realtime_query wanted) {
  store::event_filter filter{std::move(wanted.camera), std::move(wanted.collection_id), {}};
  auto reading = [filter = std::move(filter), after = static_cast<std::uint64_t>(wanted.after),
                  limit = static_cast<std::size_t>(wanted.max_results)](store::store& in) {
    return read_events(in, filter, after, limit);
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  boost::json::array shown;
  for (const auto& event : found.page.rows)
    if (operations::may_see(context.who, event.collection))
      shown.push_back(show(event));
  boost::json::object body{{"Last", found.last}, {"IsMore", found.page.next.has_value()}};
  body["Events"] = std::move(shown);
  co_return boost::json::serialize(body);
}

} // namespace

realtime_plane::realtime_plane(services& with) : with_(with), frames_(with) {}

core::status realtime_plane::start(asio::io_context& context, const realtime_settings& settings) {
  if (!settings.listen.is_on())
    return core::nothing{};
  context_ = &context;
  realtime_handlers handlers{
      [this](realtime_message query) { take(std::move(query)); },
      [this](realtime_message frame) { frames_.take(std::move(frame)); },
      [this](const std::string& key, std::string_view topic) {
        const auto who = with_.gate.admit_curve(key, "");
        return who && may_subscribe(*who, topic);
      },
      [this] { return with_.gate.curve_keys(); },
  };
  ROLLCALL_TRY(sockets_, realtime_sockets::open(settings, std::move(handlers), with_.parts.metrics));
  sockets_->start();
  if (!settings.listen.events.empty()) {
    feed_ = std::make_unique<event_feed>(context, with_, *sockets_);
    feed_->start();
  }
  return core::nothing{};
}

void realtime_plane::stop(core::deadline until) {
  if (!sockets_)
    return;
  sockets_->stop_taking();
  if (feed_)
    feed_->stop();
  {
    std::unique_lock lock(mutex_);
    answered_.wait_until(lock, until.at(), [this] { return answering_ == 0; });
  }
  sockets_->stop();
}

bool realtime_plane::begin(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (body_bytes_ + bytes > with_.settings.limits.body_memory_bytes)
    return false;
  body_bytes_ += bytes;
  ++answering_;
  return true;
}

void realtime_plane::end(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  body_bytes_ -= bytes;
  --answering_;
  answered_.notify_all();
}

realtime_addresses realtime_plane::bound() const {
  return sockets_ ? sockets_->bound() : realtime_addresses{};
}

// On the sockets' thread.
void realtime_plane::take(realtime_message query) {
  const auto bytes = query.body ? query.body->size() : 0;
  flights::flight counted{with_.under_way};
  if (counted.now() > with_.settings.max_in_flight || !begin(bytes)) {
    with_.metrics.refused.add();
    const request_context context{with_, {core::random_uuid()}, core::deadline::in(std::chrono::milliseconds{0})};
    const auto wanted = wire::decode<wire::realtime_query>(query.header);
    reply(query, context, wanted ? *wanted : wire::realtime_query{},
          core::fail(core::error_code::overloaded, "Slow down; too many requests are being answered"));
    return;
  }
  asio::co_spawn(*context_, answer(std::move(query), std::move(counted)), asio::detached);
}

asio::awaitable<void> realtime_plane::answer(realtime_message query, flights::flight counted) {
  const auto start = std::chrono::steady_clock::now();
  const auto bytes = query.body ? query.body->size() : 0;
  request_context context{with_, {core::random_uuid()}, core::deadline::in(with_.settings.request_timeout)};
  wire::realtime_query wanted;
  auto running = run(context, query, wanted);
  auto outcome = co_await std::move(running);
  count(wanted, outcome, start);
  reply(query, context, wanted, std::move(outcome));
  end(bytes);
  static_cast<void>(counted);
}

asio::awaitable<core::result<std::string>> realtime_plane::run(request_context& context, const realtime_message& query,
                                                               wire::realtime_query& wanted) {
  ROLLCALL_CO_TRY(wanted, wire::decode<wire::realtime_query>(query.header));
  ROLLCALL_CO_TRY(context.who, with_.gate.admit_curve(query.key, wanted.purpose));
  context.operation = to_string(wanted.operation);
  context.accepts_partial = wanted.accept_partial;
  context.decides_from = wanted.decides_from;
  if (wanted.timeout_ms)
    context.until =
        core::deadline::in(std::min(with_.settings.request_timeout, std::chrono::milliseconds{*wanted.timeout_ms}));
  ROLLCALL_CO_CHECK(check_parts(wanted, query));
  const auto action = "rekognition:" + std::string{context.operation};
  ROLLCALL_CO_CHECK(with_.gate.permit(context.who, {action, store::role::search, wanted.collection_id.value_or("")}));
  auto running = search(context, query.body, wanted);
  auto found = co_await std::move(running);
  co_return found;
}

asio::awaitable<core::result<std::string>> realtime_plane::search(request_context& context, core::shared_bytes probe,
                                                                  wire::realtime_query wanted) {
  using enum wire::realtime_operation;
  if (wanted.operation == list_events) {
    auto listing = list_camera_events(context, std::move(wanted));
    auto listed = co_await std::move(listing);
    co_return listed;
  }
  if (wanted.operation == search_faces_by_image) {
    auto searching = search_by_picture(context, std::move(probe), std::move(wanted));
    auto found = co_await std::move(searching);
    co_return found;
  }
  auto searching = wanted.operation == search_faces_by_crop
                       ? operations::search_faces_by_crop(context, std::move(wanted), std::move(probe))
                       : operations::search_faces_by_embedding(context, std::move(wanted), std::move(probe));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(searching));
  co_return wire::encode(found);
}

void realtime_plane::reply(const realtime_message& to, const request_context& context,
                           const wire::realtime_query& wanted, core::result<std::string> outcome) {
  wire::realtime_reply header;
  header.id = wanted.id;
  header.request = core::to_string(context.request);
  std::string body;
  if (outcome) {
    body = *std::move(outcome);
    header.search_us = context.stages.spent(stage::search).count();
    for (const auto& one : context.told_headers())
      header.headers[one.name] = one.value;
  } else {
    log_fault(outcome.failure(), header.request, context.operation);
    auto told = tell(outcome.failure(), header.request);
    header.error = told.mapped.type;
    header.message = std::move(told.message);
  }
  sockets_->reply(to, wire::encode(header), std::move(body));
}

void realtime_plane::count(const wire::realtime_query& wanted, const core::result<std::string>& outcome,
                           core::steady_time start) {
  const std::string operation{wanted.version == 0 ? "unknown" : to_string(wanted.operation)};
  const std::string code{outcome ? "ok" : core::to_string(outcome.failure().code)};
  auto& registry = with_.parts.metrics;
  registry
      .make_counter("rollcall_zmq_queries_total", "Queries over ZeroMQ answered",
                    {{"operation", operation}, {"code", code}})
      .add();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  registry
      .make_histogram("rollcall_zmq_query_seconds", "From a query's last byte to its reply", {{"operation", operation}},
                      second_bounds())
      .observe(took.count());
}

} // namespace rollcall::front
