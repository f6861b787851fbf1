// SearchFaces and SearchFacesByImage.
#include "front/operations/face_search.hpp"
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/pictures.hpp"
#include "front/operations/stored_probe.hpp"

namespace rollcall::front::operations {

answer<wire::search_faces_response> search_faces(request_context& context, wire::search_faces_request request) {
  auto finding = find_stored_face(context, request.collection_id, request.face_id);
  ROLLCALL_CO_TRY(auto found, co_await std::move(finding));
  probe wanted;
  wanted.embedding = std::move(found.embedding);
  wanted.k = static_cast<std::size_t>(request.max_faces);
  wanted.threshold = request.face_match_threshold;
  wanted.self = request.face_id.id;
  auto searching =
      search_faces_and_record(context, found.collection, std::move(wanted), core::to_string(request.face_id));
  ROLLCALL_CO_TRY(auto joined, co_await std::move(searching));
  wire::search_faces_response response;
  response.searched_face_id = request.face_id;
  response.face_matches = std::move(joined);
  response.face_model_version = found.collection.model_version;
  co_return response;
}

answer<wire::search_faces_by_image_response> search_faces_by_image(request_context& context,
                                                                   wire::search_faces_by_image_request request) {
  auto finding = find_searched_collection(context, request.collection_id);
  ROLLCALL_CO_TRY(const auto collection, co_await std::move(finding));
  vision::analyze_options options;
  options.embed = vision::embed_which::largest;
  options.filter = to_vision(request.quality_filter);
  auto analyzing = analyze(context, std::move(request.image), options);
  ROLLCALL_CO_TRY(const auto analysis, co_await std::move(analyzing));
  const auto* face = find_probe(analysis);
  if (face == nullptr)
    co_return core::fail(core::error_code::no_face, "There are no faces in the image. Should be at least 1.");
  probe wanted;
  wanted.embedding = face->embedding;
  wanted.k = static_cast<std::size_t>(request.max_faces);
  wanted.threshold = request.face_match_threshold;
  auto searching = search_faces_and_record(context, collection, std::move(wanted), core::to_string(analysis.image));
  ROLLCALL_CO_TRY(auto joined, co_await std::move(searching));
  wire::search_faces_by_image_response response;
  response.searched_face_bounding_box = face->box_ratio;
  response.searched_face_confidence = face->confidence;
  response.face_matches = std::move(joined);
  response.face_model_version = collection.model_version;
  co_return response;
}

} // namespace rollcall::front::operations
