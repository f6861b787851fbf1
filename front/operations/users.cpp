// CreateUser, DeleteUser, ListUsers, AssociateFaces, DisassociateFaces.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"

namespace rollcall::front::operations {

namespace {

constexpr std::size_t users_a_page = 500;

std::string joined_text(const std::vector<core::face_id>& ids) {
  std::string text;
  for (const auto& id : ids)
    text.append(core::to_string(id)).push_back(',');
  return text;
}

/// The protocol's words for the ways in which a user's write can fail.
template <class Result>
Result worded(Result made, std::string_view user, const std::optional<std::string>& token) {
  if (made)
    return made;
  auto& failed = made.failure();
  if (failed.code == core::error_code::not_found)
    failed.message = missing_user(user);
  if (failed.code == core::error_code::conflict)
    failed.message = "The user id: " + std::string{user} + " already exists";
  if (failed.code == core::error_code::idempotency_mismatch)
    failed.message = token_in_use(token);
  return made;
}

std::vector<wire::failed_face> make_failures(const request_context& context,
                                             const std::vector<store::refused_face>& refused) {
  std::vector<wire::failed_face> made;
  made.reserve(refused.size());
  for (const auto& face : refused)
    made.push_back(make_failed_face(face, context.with.parts.curve));
  return made;
}

} // namespace

answer<wire::create_user_response> create_user(request_context& context, wire::create_user_request request) {
  const auto token = make_token(context, request.client_request_token, {request.collection_id, request.user_id});
  auto writing = [request, token](store::store& in) -> core::status {
    ROLLCALL_TRY(const auto record, find_collection_in(in, request.collection_id));
    return worded(in.create_user(record.key, request.user_id, token), request.user_id, request.client_request_token);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::create_user_response{};
}

answer<wire::delete_user_response> delete_user(request_context& context, wire::delete_user_request request) {
  const auto token = make_token(context, request.client_request_token, {request.collection_id, request.user_id});
  auto writing = [request, token](store::store& in) -> core::result<store::changed_user> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, request.collection_id));
    return worded(in.delete_user(record.key, request.user_id, token), request.user_id, request.client_request_token);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_CHECK(co_await std::move(asked));
  co_return wire::delete_user_response{};
}

answer<wire::list_users_response> list_users(request_context& context, wire::list_users_request request) {
  const auto scope = wire::scope_of(request);
  ROLLCALL_CO_TRY(const auto after, open_token(context, scope, request.next_token));
  const auto limit = request.max_results ? static_cast<std::size_t>(*request.max_results) : users_a_page;
  using page_type = store::page<store::user_record, std::string>;
  auto reading = [id = request.collection_id, after, limit](store::store& in) -> core::result<page_type> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return in.list_users(record.key, after, limit);
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto page, co_await std::move(asked));
  wire::list_users_response response;
  for (const auto& row : page.rows)
    response.users.push_back({row.user_id, to_wire(row.status)});
  response.next_token = next_token(context, scope, page.next);
  co_return response;
}

answer<wire::associate_faces_response> associate_faces(request_context& context,
                                                       wire::associate_faces_request request) {
  request.face_ids = without_repetitions(std::move(request.face_ids));
  const auto token = make_token(context, request.client_request_token,
                                {request.collection_id, request.user_id, joined_text(request.face_ids),
                                 std::to_string(request.user_match_threshold)});
  const float lowest = context.with.parts.curve.lowest_cosine(request.user_match_threshold);
  auto writing = [has_room = context.with.parts.find_room, request, token,
                  lowest](store::store& in) -> core::result<store::changed_user> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, request.collection_id));
    ROLLCALL_CHECK(find_room(has_room, record, {})); // the user's id is the store's
    return worded(in.associate_faces(record.key, request.user_id, request.face_ids, lowest, token), request.user_id,
                  request.client_request_token);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_TRY(auto changed, co_await std::move(asked));
  wire::associate_faces_response response;
  response.associated_faces = std::move(changed.faces);
  response.unsuccessful_face_associations = make_failures(context, changed.refused);
  response.user_status = to_wire(changed.user.status);
  co_return response;
}

answer<wire::disassociate_faces_response> disassociate_faces(request_context& context,
                                                             wire::disassociate_faces_request request) {
  request.face_ids = without_repetitions(std::move(request.face_ids));
  const auto token = make_token(context, request.client_request_token,
                                {request.collection_id, request.user_id, joined_text(request.face_ids)});
  auto writing = [request, token](store::store& in) -> core::result<store::changed_user> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, request.collection_id));
    return worded(in.disassociate_faces(record.key, request.user_id, request.face_ids, token), request.user_id,
                  request.client_request_token);
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_TRY(auto changed, co_await std::move(asked));
  wire::disassociate_faces_response response;
  response.disassociated_faces = std::move(changed.faces);
  response.unsuccessful_face_disassociations = make_failures(context, changed.refused);
  response.user_status = to_wire(changed.user.status);
  co_return response;
}

} // namespace rollcall::front::operations
