// CreateCollection, DeleteCollection, DescribeCollection, ListCollections.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"

namespace rollcall::front::operations {

answer<wire::create_collection_response> create_collection(request_context& context,
                                                           wire::create_collection_request request) {
  store::collection_record record;
  record.key = core::collection_key{core::random_uuid()};
  record.id = request.collection_id;
  record.model_version = context.with.parts.models.version;
  record.partitions = context.with.settings.partitions;
  record.created = context.with.parts.clock.now();
  auto writing = [record, tags = std::move(request.tags)](store::store& in) {
    return in.create_collection(record, tags);
  };
  auto asked = write(context, std::move(writing));
  auto made = co_await std::move(asked);
  if (!made && made.failure().code == core::error_code::already_exists)
    made.failure().message = "The collection id: " + record.id + " already exists";
  ROLLCALL_CO_TRY(const auto created, std::move(made));
  wire::create_collection_response response;
  response.collection_arn = wire::make_collection_arn(context.with.settings.arn, created.id);
  response.face_model_version = created.model_version;
  co_return response;
}

answer<wire::delete_collection_response> delete_collection(request_context& context,
                                                           wire::delete_collection_request request) {
  const auto id = request.collection_id;
  auto writing = [id](store::store& in) { return or_missing(in.delete_collection(id), missing_collection(id)); };
  const stage_watch watch{context.stages, stage::store};
  auto asked = write_drop(context.store(), std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::delete_collection_response{};
}

answer<wire::describe_collection_response> describe_collection(request_context& context,
                                                               wire::describe_collection_request request) {
  using described = std::pair<store::collection_record, store::collection_counts>;
  auto reading = [id = request.collection_id](store::store& in) -> core::result<described> {
    ROLLCALL_TRY(auto record, find_collection_in(in, id));
    ROLLCALL_TRY(auto counts, or_missing(in.count(record.key), missing_collection(id)));
    return described{std::move(record), counts};
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  const auto& [record, counts] = found;
  wire::describe_collection_response response;
  response.face_count = counts.faces;
  response.user_count = counts.users;
  response.face_model_version = record.model_version;
  response.collection_arn = wire::make_collection_arn(context.with.settings.arn, record.id);
  response.creation_timestamp = record.created;
  co_return response;
}

answer<wire::list_collections_response> list_collections(request_context& context,
                                                         wire::list_collections_request request) {
  const auto scope = wire::scope_of(request);
  ROLLCALL_CO_TRY(const auto after, open_token(context, scope, request.next_token));
  const auto asked_for = static_cast<std::size_t>(request.max_results.value_or(0));
  const auto limit = asked_for == 0 ? default_page : asked_for;
  auto reading = [after, limit](store::store& in) { return in.list_collections(after, limit); };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  wire::list_collections_response response;
  for (const auto& row : page.rows)
    if (may_see(context.who, row.id))
      response.collections.push_back({row.id, row.model_version});
  response.next_token = next_token(context, scope, page.next);
  co_return response;
}

} // namespace rollcall::front::operations
