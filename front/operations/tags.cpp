// TagResource, UntagResource, ListTagsForResource: of collections and of stream processors, which keep theirs with what
// else their makers said.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/processors.hpp"

namespace rollcall::front::operations {

namespace {

struct tag_change {
  store::tags added;
  std::vector<std::string> removed;
};

core::status change_collection_tags(store::store& in, const std::string& id, const tag_change& by) {
  ROLLCALL_TRY(const auto record, find_collection_in(in, id));
  return by.removed.empty() ? in.add_tags(record.key, by.added) : in.remove_tags(record.key, by.removed);
}

core::status change_tags(store::tags& of, const tag_change& by) {
  for (const auto& [name, value] : by.added)
    of[name] = value;
  for (const auto& name : by.removed)
    of.erase(name);
  if (of.size() > store::most_tags)
    return core::fail(core::error_code::quota_exceeded,
                      "a stream processor takes at most " + std::to_string(store::most_tags) + " tags");
  return core::nothing{};
}

asio::awaitable<core::status> change_processor_tags(request_context& context, std::string name, tag_change by) {
  auto changing =
      change_processor(context, std::move(name), store::role::write,
                       [by = std::move(by), at = context.with.parts.clock.now()](auto& in, const std::string& of) {
                         const auto change = [&](wire::stream_details& kept) { return change_tags(kept.tags, by); };
                         return change_details_in(in, of, change, at);
                       });
  ROLLCALL_CO_CHECK(co_await std::move(changing));
  co_return core::nothing{};
}

template <class Response>
answer<Response> change_tags_of(request_context& context, std::string arn, tag_change by) {
  if (auto processor = wire::parse_stream_processor_arn(arn)) {
    auto changing = change_processor_tags(context, std::move(processor->name), std::move(by));
    ROLLCALL_CO_CHECK(co_await std::move(changing));
    co_return Response{};
  }
  ROLLCALL_CO_TRY(auto collection, wire::parse_collection_arn(arn));
  auto writing = [id = std::move(collection.collection_id), by = std::move(by)](store::store& in) {
    return change_collection_tags(in, id, by);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return Response{};
}

asio::awaitable<core::result<store::tags>> find_collection_tags(request_context& context, std::string arn) {
  ROLLCALL_CO_TRY(auto named, wire::parse_collection_arn(arn));
  auto reading = [id = std::move(named.collection_id)](store::store& in) -> core::result<store::tags> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.find_tags(record.key);
  };
  auto asked = read(context, std::move(reading));
  auto found = co_await std::move(asked);
  co_return found;
}

asio::awaitable<core::result<store::tags>> find_processor_tags(request_context& context, std::string name) {
  auto permitting = permit_processor(context, name, store::role::search);
  ROLLCALL_CO_CHECK(co_await std::move(permitting));
  auto reading = [name = std::move(name)](store::store& in) { return find_processor_in(in, name); };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  ROLLCALL_CO_TRY(auto details, details_of(found));
  co_return std::move(details.tags);
}

} // namespace

answer<wire::tag_resource_response> tag_resource(request_context& context, wire::tag_resource_request request) {
  return change_tags_of<wire::tag_resource_response>(context, std::move(request.resource_arn),
                                                     {std::move(request.tags), {}});
}

answer<wire::untag_resource_response> untag_resource(request_context& context, wire::untag_resource_request request) {
  return change_tags_of<wire::untag_resource_response>(context, std::move(request.resource_arn),
                                                       {{}, std::move(request.tag_keys)});
}

answer<wire::list_tags_for_resource_response> list_tags_for_resource(request_context& context,
                                                                     wire::list_tags_for_resource_request request) {
  wire::list_tags_for_resource_response response;
  if (auto processor = wire::parse_stream_processor_arn(request.resource_arn)) {
    auto finding = find_processor_tags(context, std::move(processor->name));
    ROLLCALL_CO_TRY(response.tags, co_await std::move(finding));
    co_return response;
  }
  auto finding = find_collection_tags(context, std::move(request.resource_arn));
  ROLLCALL_CO_TRY(response.tags, co_await std::move(finding));
  co_return response;
}

} // namespace rollcall::front::operations
