// TagResource, UntagResource, ListTagsForResource: of collections. A stream processor keeps the tags it was made with.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/processors.hpp"

namespace rollcall::front::operations {

namespace {

/// The collection whose tags are to be changed.
core::result<std::string> tagged_collection(const std::string& resource_arn) {
  if (wire::parse_stream_processor_arn(resource_arn))
    return core::fail(core::error_code::invalid_argument,
                      "The tags of a stream processor are those that it was made with: delete it and create it again.");
  ROLLCALL_TRY(auto arn, wire::parse_collection_arn(resource_arn));
  return std::move(arn.collection_id);
}

asio::awaitable<core::result<store::tags>> find_collection_tags(request_context& context, std::string id) {
  auto reading = [id = std::move(id)](store::store& in) -> core::result<store::tags> {
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
  ROLLCALL_CO_TRY(auto collection, tagged_collection(request.resource_arn));
  auto writing = [id = std::move(collection), tags = std::move(request.tags)](store::store& in) -> core::status {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.add_tags(record.key, tags);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::tag_resource_response{};
}

answer<wire::untag_resource_response> untag_resource(request_context& context, wire::untag_resource_request request) {
  ROLLCALL_CO_TRY(auto collection, tagged_collection(request.resource_arn));
  auto writing = [id = std::move(collection), names = std::move(request.tag_keys)](store::store& in) -> core::status {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.remove_tags(record.key, names);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::untag_resource_response{};
}

answer<wire::list_tags_for_resource_response> list_tags_for_resource(request_context& context,
                                                                     wire::list_tags_for_resource_request request) {
  wire::list_tags_for_resource_response response;
  if (auto processor = wire::parse_stream_processor_arn(request.resource_arn)) {
    auto finding = find_processor_tags(context, std::move(processor->name));
    ROLLCALL_CO_TRY(response.tags, co_await std::move(finding));
    co_return response;
  }
  ROLLCALL_CO_TRY(auto collection, tagged_collection(request.resource_arn));
  auto finding = find_collection_tags(context, std::move(collection));
  ROLLCALL_CO_TRY(response.tags, co_await std::move(finding));
  co_return response;
}

} // namespace rollcall::front::operations
