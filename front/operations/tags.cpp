// TagResource, UntagResource, ListTagsForResource: of collections.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"

namespace rollcall::front::operations {

answer<wire::tag_resource_response> tag_resource(request_context& context, wire::tag_resource_request request) {
  ROLLCALL_CO_TRY(auto arn, wire::parse_collection_arn(request.resource_arn));
  auto writing = [id = std::move(arn.collection_id), tags = std::move(request.tags)](store::store& in) -> core::status {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.add_tags(record.key, tags);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::tag_resource_response{};
}

answer<wire::untag_resource_response> untag_resource(request_context& context, wire::untag_resource_request request) {
  ROLLCALL_CO_TRY(auto arn, wire::parse_collection_arn(request.resource_arn));
  auto writing = [id = std::move(arn.collection_id),
                  names = std::move(request.tag_keys)](store::store& in) -> core::status {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.remove_tags(record.key, names);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::untag_resource_response{};
}

answer<wire::list_tags_for_resource_response> list_tags_for_resource(request_context& context,
                                                                     wire::list_tags_for_resource_request request) {
  ROLLCALL_CO_TRY(auto arn, wire::parse_collection_arn(request.resource_arn));
  auto reading = [id = std::move(arn.collection_id)](store::store& in) -> core::result<store::tags> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.find_tags(record.key);
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(auto tags, co_await std::move(asked));
  wire::list_tags_for_resource_response response;
  response.tags = std::move(tags);
  co_return response;
}

} // namespace rollcall::front::operations
