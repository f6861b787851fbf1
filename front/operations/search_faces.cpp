// SearchFaces and SearchFacesByImage.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/matching.hpp"
#include "front/operations/pictures.hpp"
#include "front/operations/stored_probe.hpp"

#include <unordered_map>

namespace rollcall::front::operations {

namespace {

/// Joins matches with their records, in their order. A face deleted meanwhile has none and is left out; where the store
/// could not be asked, it is shown by its id alone.
std::vector<wire::face_match> join_faces(const std::vector<match>& found,
                                         const std::vector<store::face_record>& records, bool are_all) {
  std::unordered_map<core::uuid, const store::face_record*> by_id;
  for (const auto& one : records)
    by_id.emplace(one.id.id, &one);
  std::vector<wire::face_match> joined;
  for (const auto& one : found)
    if (const auto row = by_id.find(one.id); row != by_id.end())
      joined.push_back({one.similarity, make_face(*row->second)});
    else if (!are_all)
      joined.push_back({one.similarity, {{one.id}, {}, {}, {}, {}, {}, {}}});
  return joined;
}

/// Searches faces, fetches their records and writes the decision.
asio::awaitable<core::result<std::vector<wire::face_match>>>
search_faces_and_record(request_context& context, store::collection_record collection, probe wanted,
                        std::string probe_name) {
  const float threshold = wanted.threshold;
  auto searching = search(context, collection, std::move(wanted));
  ROLLCALL_CO_TRY(const auto found, co_await std::move(searching));
  std::vector<wire::face_match> joined;
  if (!found.found.empty()) {
    std::vector<core::face_id> ids;
    for (const auto& one : found.found)
      ids.push_back(core::face_id{one.id});
    auto recall = [key = collection.key, ids](last_known& known) {
      return known.keeps() ? std::optional{known.find_faces(key, ids)} : std::nullopt;
    };
    auto reading = [key = collection.key, ids = std::move(ids)](store::store& in) { return in.find_faces(key, ids); };
    auto asked = read_or_recall(context, std::move(reading), std::move(recall));
    ROLLCALL_CO_TRY(const auto records, co_await std::move(asked));
    joined = join_faces(found.found, records.value, !records.is_recalled);
    if (!records.is_recalled)
      context.with.known.keep(collection.key, records.value);
  }
  auto entry = make_decision(context, collection, std::move(probe_name), threshold, found.covered);
  for (const auto& one : joined)
    entry.candidates.push_back({core::to_string(one.face.face_id), one.similarity});
  auto recording = record(context, std::move(entry));
  ROLLCALL_CO_CHECK(co_await std::move(recording));
  co_return joined;
}

} // namespace

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
