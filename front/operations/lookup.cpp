#include "front/operations/lookup.hpp"

#include "core/digest.hpp"

#include <algorithm>
#include <iterator>
#include <unordered_set>

namespace rollcall::front::operations {

namespace {

wire::face_failure failure_of(store::face_refusal from) noexcept {
  switch (from) {
    case store::face_refusal::not_found:
      return wire::face_failure::face_not_found;
    case store::face_refusal::associated_with_user:
      return wire::face_failure::associated_to_an_existing_user;
    case store::face_refusal::other_user:
      return wire::face_failure::associated_to_a_different_user;
    case store::face_refusal::low_match:
      return wire::face_failure::low_match_confidence;
  }
  return wire::face_failure::face_not_found;
}

core::status check_model(const request_context& context, const store::collection_record& of) {
  const auto& running = context.with.parts.models.version;
  if (of.model_version != running)
    return core::fail(core::error_code::model_mismatch,
                      "The collection was made with face model " + of.model_version + ", this node runs " + running);
  return core::nothing{};
}

} // namespace

bool may_see(const caller& who, const std::string& collection) {
  return who.collections.empty() || std::ranges::find(who.collections, collection) != who.collections.end();
}

std::string missing_collection(std::string_view id) {
  return "The collection id: " + std::string{id} + " does not exist";
}

std::string missing_user(std::string_view id) {
  return "The user id: " + std::string{id} + " does not exist";
}

core::result<store::collection_record> find_collection_in(store::store& in, std::string_view id) {
  return or_missing(in.find_collection(id), missing_collection(id));
}

core::status find_room(const find_room_function& has_room, const store::collection_record& collection,
                       std::span<const core::uuid> ids) {
  if (!has_room)
    return core::nothing{};
  const store::partition_range range{collection.first_partition, collection.partitions};
  std::vector<std::uint32_t> partitions;
  for (const auto& id : ids)
    partitions.push_back(range.number_of(id));
  std::ranges::sort(partitions);
  partitions.erase(std::unique(partitions.begin(), partitions.end()), partitions.end());
  return has_room(collection.key, range, partitions);
}

core::result<store::collection_shape> find_shape_in(store::store& in, std::string_view id) {
  return or_missing(in.find_shape(id), missing_collection(id));
}

core::result<std::vector<store::collection_record>> all_collections_in(store::store& in) {
  constexpr std::size_t rows_at_once = 1'000;
  std::vector<store::collection_record> all;
  std::optional<std::string> after{std::string{}};
  while (after) {
    ROLLCALL_TRY(auto page, in.list_collections(*after, rows_at_once));
    std::move(page.rows.begin(), page.rows.end(), std::back_inserter(all));
    after = page.next;
  }
  return all;
}

asio::awaitable<core::result<store::collection_record>> find_collection(request_context& context, std::string id) {
  auto reading = [id = std::move(id)](store::store& in) { return find_collection_in(in, id); };
  auto asked = read(context, std::move(reading));
  auto found = co_await std::move(asked);
  co_return found;
}

asio::awaitable<core::result<store::collection_record>> find_searched_collection(request_context& context,
                                                                                 std::string id) {
  auto recall = [id](last_known& known) { return known.find_collection(id); };
  auto reading = [id = std::move(id)](store::store& in) { return find_collection_in(in, id); };
  auto asked = read_or_recall(context, std::move(reading), std::move(recall));
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  ROLLCALL_CO_CHECK(check_model(context, found.value));
  if (!found.is_recalled)
    context.with.known.keep(found.value);
  co_return std::move(found.value);
}

asio::awaitable<core::result<store::collection_record>> find_usable_collection(request_context& context,
                                                                               std::string id) {
  auto asked = find_collection(context, std::move(id));
  ROLLCALL_CO_TRY(auto found, co_await std::move(asked));
  ROLLCALL_CO_CHECK(check_model(context, found));
  co_return found;
}

wire::face make_face(const store::face_record& from) {
  wire::face made;
  made.face_id = from.id;
  made.bounding_box = from.box;
  made.image_id = from.image;
  made.external_image_id = from.external_image_id;
  made.confidence = from.confidence;
  made.index_faces_model_version = from.model_version;
  made.user_id = from.user_id;
  return made;
}

wire::failed_face make_failed_face(const store::refused_face& from, const core::similarity_curve& curve) {
  wire::failed_face made;
  made.face_id = from.id;
  if (!from.user_id.empty())
    made.user_id = from.user_id;
  if (from.why == store::face_refusal::low_match)
    made.confidence = curve.similarity(from.cosine);
  made.reasons.push_back(failure_of(from.why));
  return made;
}

wire::user_status to_wire(store::user_status from) noexcept {
  switch (from) {
    case store::user_status::active:
      return wire::user_status::active;
    case store::user_status::updating:
      return wire::user_status::updating;
    case store::user_status::creating:
      return wire::user_status::creating;
    case store::user_status::created:
      return wire::user_status::created;
  }
  return wire::user_status::active;
}

std::vector<core::face_id> without_repetitions(std::vector<core::face_id> ids) {
  std::unordered_set<core::face_id> seen;
  std::erase_if(ids, [&seen](const auto& id) { return !seen.insert(id).second; });
  return ids;
}

store::client_token make_token(const request_context& context, const std::optional<std::string>& token,
                               std::initializer_list<std::string> parameters) {
  if (!token)
    return {};
  std::string all;
  for (const auto& parameter : parameters)
    all.append(parameter).push_back('\n');
  const auto operation = std::string{context.operation};
  return {operation + ":" + *token, core::to_hex(core::sha256(core::as_bytes(all)))};
}

std::string token_in_use(const std::optional<std::string>& token) {
  return "The ClientRequestToken: " + token.value_or("") + " you have supplied is already in use";
}

core::result<std::string> open_token(const request_context& context, const wire::page_scope& scope,
                                     const std::optional<std::string>& token) {
  if (!token || token->empty())
    return std::string{};
  return wire::open_page_token(context.with.parts.page_token_key, scope, *token);
}

std::optional<std::string> next_token(const request_context& context, const wire::page_scope& scope,
                                      const std::optional<std::string>& key) {
  if (!key)
    return std::nullopt;
  return wire::make_page_token(context.with.parts.page_token_key, scope, *key);
}

} // namespace rollcall::front::operations
