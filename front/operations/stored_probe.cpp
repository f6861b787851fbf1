#include "front/operations/stored_probe.hpp"

#include "front/operations/lookup.hpp"

#include <optional>
#include <utility>

namespace rollcall::front::operations {

namespace {

using core::reference_kind;

/// Its embedding, as the shards hold it; empty where it is not there.
asio::awaitable<core::result<stored_probe>> find_held(request_context& context, stored_probe wanted) {
  const stage_watch watch{context.stages, stage::search};
  const store::partition_range within{wanted.collection.first_partition, wanted.collection.partitions};
  const shard::find_request message{wanted.collection.key, within.number_of(wanted.id), wanted.kind, wanted.id,
                                    context.until};
  auto asked = ask<shard::found_reference>(context.with.via, context.with.parts.coordinator, message, context.until);
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  wanted.embedding = std::move(found.embedding);
  co_return wanted;
}

/// `recall`: what is known of it without its embedding.
template <class Reading, class Recall>
asio::awaitable<core::result<stored_probe>> find_stored(request_context& context, Reading reading, Recall recall) {
  auto asked = read_or_recall(context, std::move(reading), std::move(recall));
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  if (!found.is_recalled) {
    context.with.known.keep(found.value.collection);
    co_return std::move(found.value);
  }
  auto finding = find_held(context, std::move(found.value));
  auto held = co_await std::move(finding);
  co_return held;
}

} // namespace

asio::awaitable<core::result<stored_probe>> find_stored_face(request_context& context, std::string collection,
                                                             core::face_id face) {
  constexpr auto* missing = "faceId was not found in the collection.";
  auto recall = [collection, face](last_known& known) -> std::optional<stored_probe> {
    auto record = known.find_collection(collection);
    return record ? std::optional{stored_probe{*std::move(record), reference_kind::face, face.id, {}}} : std::nullopt;
  };
  auto reading = [collection = std::move(collection), face](store::store& in) -> core::result<stored_probe> {
    ROLLCALL_TRY(auto record, find_collection_in(in, collection));
    ROLLCALL_TRY(auto row, or_missing(in.find_face(record.key, face), missing));
    return stored_probe{std::move(record), reference_kind::face, face.id, std::move(row.embedding)};
  };
  auto finding = find_stored(context, std::move(reading), std::move(recall));
  ROLLCALL_CO_TRY(auto found, co_await std::move(finding));
  if (found.embedding.empty())
    co_return core::fail(core::error_code::not_found, missing);
  co_return found;
}

asio::awaitable<core::result<stored_probe>> find_stored_user(request_context& context, std::string collection,
                                                             std::string user) {
  auto recall = [collection, user](last_known& known) -> std::optional<stored_probe> {
    auto record = known.find_collection(collection);
    const auto row = record ? known.find_user(record->key, user) : std::nullopt;
    return row ? std::optional{stored_probe{*std::move(record), reference_kind::user, row->key.id, {}}} : std::nullopt;
  };
  auto& known = context.with.known;
  auto reading = [&known, collection = std::move(collection),
                  user = std::move(user)](store::store& in) -> core::result<stored_probe> {
    ROLLCALL_TRY(auto record, find_collection_in(in, collection));
    ROLLCALL_TRY(auto row, or_missing(in.find_user(record.key, user), missing_user(user)));
    known.keep(record.key, std::vector{row.first});
    return stored_probe{std::move(record), reference_kind::user, row.first.key.id, std::move(row.second)};
  };
  auto finding = find_stored(context, std::move(reading), std::move(recall));
  auto found = co_await std::move(finding);
  co_return found;
}

} // namespace rollcall::front::operations
