// IndexFaces, ListFaces, DeleteFaces.
#include "front/index_selection.hpp"
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/pictures.hpp"

namespace rollcall::front::operations {

namespace {

store::face_with_embedding make_reference(const vision::face& face, const vision::analysis& of,
                                          const std::optional<std::string>& external_image_id) {
  store::face_with_embedding made;
  made.face.id = core::face_id{core::random_uuid()};
  made.face.image = of.image;
  made.face.external_image_id = external_image_id;
  made.face.box = face.box_ratio;
  made.face.confidence = face.confidence;
  made.face.quality = face.quality;
  made.face.model_version = of.model_version;
  made.embedding = face.embedding;
  return made;
}

vision::analyze_options options_of(const wire::index_faces_request& request) {
  vision::analyze_options options;
  options.embed = vision::embed_which::everybody;
  options.filter = to_vision(request.quality_filter);
  options.want_attributes = wants_networks(request.detection_attributes);
  return options;
}

wire::index_faces_response make_response(const wire::index_faces_request& request, const vision::analysis& analysis,
                                         const index_selection& selected, const store::added_faces& added) {
  wire::index_faces_response response;
  response.face_model_version = analysis.model_version;
  const auto size = size_of(analysis);
  for (std::size_t i = 0; i < added.faces.size() && i < selected.chosen.size(); ++i) {
    const auto& seen = analysis.faces[selected.chosen[i]];
    response.face_records.push_back(
        {make_face(added.faces[i]), make_face_detail(seen, size, request.detection_attributes)});
  }
  for (const auto& left_out : selected.left_out) {
    const auto& seen = analysis.faces[left_out.index];
    response.unindexed_faces.push_back({left_out.reasons, make_face_detail(seen, size, request.detection_attributes)});
  }
  return response;
}

} // namespace

answer<wire::index_faces_response> index_faces(request_context& context, wire::index_faces_request request) {
  auto finding = find_usable_collection(context, request.collection_id);
  ROLLCALL_CO_TRY(const auto collection, co_await std::move(finding));
  auto analyzing = analyze(context, std::move(request.image), options_of(request));
  ROLLCALL_CO_TRY(const auto analysis, co_await std::move(analyzing));
  const auto selected = select_faces(analysis.faces, request.max_faces);
  std::vector<store::face_with_embedding> references;
  for (const auto index : selected.chosen)
    references.push_back(make_reference(analysis.faces[index], analysis, request.external_image_id));
  store::added_faces added;
  if (!references.empty()) {
    auto writing = [has_room = context.with.parts.find_room, collection,
                    references](store::store& in) -> core::result<store::added_faces> {
      std::vector<core::uuid> ids;
      ids.reserve(references.size());
      for (const auto& one : references)
        ids.push_back(one.face.id.id);
      ROLLCALL_CHECK(find_room(has_room, collection, ids));
      return or_missing(in.add_faces(collection.key, references), missing_collection(collection.id));
    };
    auto asked = write(context, std::move(writing));
    ROLLCALL_CO_TRY(added, co_await std::move(asked));
  }
  co_return make_response(request, analysis, selected, added);
}

answer<wire::list_faces_response> list_faces(request_context& context, wire::list_faces_request request) {
  const auto scope = wire::scope_of(request);
  ROLLCALL_CO_TRY(const auto token_key, open_token(context, scope, request.next_token));
  std::optional<core::face_id> after;
  if (const auto parsed = core::parse_uuid(token_key))
    after = core::face_id{*parsed};
  const auto asked_for = static_cast<std::size_t>(request.max_results.value_or(0));
  const auto limit = asked_for == 0 ? default_page : asked_for;
  store::face_filter filter{request.user_id, request.face_ids.value_or(std::vector<core::face_id>{})};
  using listed = std::pair<store::collection_record, store::page<store::face_record, core::face_id>>;
  auto reading = [id = request.collection_id, filter = std::move(filter), after,
                  limit](store::store& in) -> core::result<listed> {
    ROLLCALL_TRY(auto record, find_collection_in(in, id));
    ROLLCALL_TRY(auto page, or_missing(in.list_faces(record.key, filter, after, limit), missing_collection(id)));
    return listed{std::move(record), std::move(page)};
  };
  auto asked = read(context, std::move(reading));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(asked));
  wire::list_faces_response response;
  for (const auto& row : found.second.rows)
    response.faces.push_back(make_face(row));
  if (found.second.next)
    response.next_token = next_token(context, scope, core::to_string(*found.second.next));
  response.face_model_version = found.first.model_version;
  co_return response;
}

answer<wire::delete_faces_response> delete_faces(request_context& context, wire::delete_faces_request request) {
  auto writing = [id = request.collection_id, ids = without_repetitions(std::move(request.face_ids))](
                     store::store& in) -> core::result<store::removed_faces> {
    ROLLCALL_TRY(const auto record, find_collection_in(in, id));
    return or_missing(in.remove_faces(record.key, ids), missing_collection(id));
  };
  auto asked = write(context, std::move(writing));
  ROLLCALL_CO_TRY(auto removed, co_await std::move(asked));
  wire::delete_faces_response response;
  response.deleted_faces = std::move(removed.removed);
  for (const auto& refused : removed.refused)
    response.unsuccessful_face_deletions.push_back(make_failed_face(refused, context.with.parts.curve));
  co_return response;
}

} // namespace rollcall::front::operations
