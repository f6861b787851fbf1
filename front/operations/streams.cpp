// CreateStreamProcessor, DescribeStreamProcessor, ListStreamProcessors, StartStreamProcessor, StopStreamProcessor,
// UpdateStreamProcessor, DeleteStreamProcessor.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/processors.hpp"
#include "wire/stream_uri.hpp"

#include <algorithm>

namespace rollcall::front::operations {

namespace {

/// Of the operation that runs, which replies with nothing.
template <class Response, class Change>
answer<Response> change_named(request_context& context, std::string name, Change change) {
  auto changing = change_processor(context, std::move(name), store::role::write, std::move(change));
  ROLLCALL_CO_CHECK(co_await std::move(changing));
  co_return Response{};
}

} // namespace

answer<wire::create_stream_processor_response> create_stream_processor(request_context& context,
                                                                       wire::create_stream_processor_request request) {
  ROLLCALL_CO_CHECK(context.with.settings.inputs.check(request.input.uri));
  const auto made = make_processor(std::move(request), context.with.parts.clock.now());
  auto writing = [made](store::store& in) { return create_processor_in(in, made); };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  wire::create_stream_processor_response response;
  response.stream_processor_arn = wire::make_stream_processor_arn(context.with.settings.arn, made.name);
  co_return response;
}

answer<wire::describe_stream_processor_response>
describe_stream_processor(request_context& context, wire::describe_stream_processor_request request) {
  auto permitting = permit_processor(context, request.name, store::role::search);
  ROLLCALL_CO_CHECK(co_await std::move(permitting));
  auto reading = [name = request.name](store::store& in) { return find_processor_in(in, name); };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  wire::describe_stream_processor_response response;
  ROLLCALL_CO_TRY(response.details, details_of(found));
  response.stream_processor_arn = wire::make_stream_processor_arn(context.with.settings.arn, found.name);
  response.name = std::move(found.name);
  response.status = to_wire(found.status);
  if (!found.message.empty())
    response.status_message = std::move(found.message);
  response.creation_timestamp = found.created;
  response.last_update_timestamp = found.updated;
  response.input.uri = wire::without_secrets(found.input);
  response.settings = {std::move(found.collection), found.threshold};
  co_return response;
}

answer<wire::list_stream_processors_response> list_stream_processors(request_context& context,
                                                                     wire::list_stream_processors_request request) {
  const auto scope = wire::scope_of(request);
  ROLLCALL_CO_TRY(const auto after, open_token(context, scope, request.next_token));
  const auto asked_for = static_cast<std::size_t>(request.max_results.value_or(default_page));
  auto reading = [after, limit = std::min(asked_for, default_page)](store::store& in) {
    return in.list_processors(after, limit);
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  wire::list_stream_processors_response response;
  for (const auto& row : page.rows)
    if (may_see(context.who, row.collection))
      response.stream_processors.push_back({row.name, to_wire(row.status)});
  response.next_token = next_token(context, scope, page.next);
  co_return response;
}

answer<wire::start_stream_processor_response> start_stream_processor(request_context& context,
                                                                     wire::start_stream_processor_request request) {
  return change_named<wire::start_stream_processor_response>(
      context, std::move(request.name), [at = context.with.parts.clock.now()](auto& in, const std::string& name) {
        return start_processor_in(in, name, at);
      });
}

answer<wire::stop_stream_processor_response> stop_stream_processor(request_context& context,
                                                                   wire::stop_stream_processor_request request) {
  return change_named<wire::stop_stream_processor_response>(
      context, std::move(request.name), [at = context.with.parts.clock.now()](auto& in, const std::string& name) {
        return stop_processor_in(in, name, at);
      });
}

// Of what can be changed face search has one, which is kept and told; the rest is refused when the request is decoded.
answer<wire::update_stream_processor_response> update_stream_processor(request_context& context,
                                                                       wire::update_stream_processor_request request) {
  return change_named<wire::update_stream_processor_response>(
      context, std::move(request.name),
      [sharing = request.data_sharing, at = context.with.parts.clock.now()](auto& in, const std::string& name) {
        const auto change = [&](wire::stream_details& details) {
          if (sharing)
            details.data_sharing = sharing;
          return core::status{core::nothing{}};
        };
        return change_details_in(in, name, change, at);
      });
}

answer<wire::delete_stream_processor_response> delete_stream_processor(request_context& context,
                                                                       wire::delete_stream_processor_request request) {
  return change_named<wire::delete_stream_processor_response>(
      context, std::move(request.name),
      [](auto& in, const std::string& name) { return delete_processor_in(in, name); });
}

} // namespace rollcall::front::operations
