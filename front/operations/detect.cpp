// DetectFaces and CompareFaces: pictures only, no collection.
#include "front/operations/handlers.hpp"
#include "front/operations/matching.hpp"
#include "front/operations/pictures.hpp"

#include <algorithm>

namespace rollcall::front::operations {

namespace {

struct compared {
  float similarity = 0;
  std::size_t index = 0; ///< into the target's faces
};

/// The target's faces that passed the filter, most similar to the source's first, ties by larger box.
std::vector<compared> compare(const vision::face& source, const vision::analysis& target,
                              const core::similarity_curve& curve) {
  std::vector<compared> all;
  for (std::size_t i = 0; i < target.faces.size(); ++i) {
    const auto& face = target.faces[i];
    if (face.reasons.empty() && !face.embedding.empty())
      all.push_back({curve.similarity(cosine(source.embedding, face.embedding)), i});
  }
  std::ranges::stable_sort(all, [](const auto& a, const auto& b) { return a.similarity > b.similarity; });
  return all;
}

core::error no_face_in(std::string_view which) {
  return core::fail(core::error_code::no_face,
                    "There are no faces in the " + std::string{which} + " image. Should be at least 1.");
}

/// A decision about two pictures: the target's faces are named by the picture's id and their place in it.
store::decision make_comparison(const request_context& context, const vision::analysis& source,
                                const vision::analysis& target, const std::vector<compared>& all, float threshold) {
  store::collection_record none;
  none.model_version = source.model_version;
  actors::coverage covered;
  covered.is_exact = true;
  covered.is_current = true;
  covered.references = all.size();
  auto entry = make_decision(context, none, core::to_string(source.image), threshold, covered);
  for (const auto& one : all)
    if (one.similarity >= threshold)
      entry.candidates.push_back({core::to_string(target.image) + "#" + std::to_string(one.index), one.similarity});
  return entry;
}

} // namespace

answer<wire::detect_faces_response> detect_faces(request_context& context, wire::detect_faces_request request) {
  vision::analyze_options options;
  options.want_attributes = wants_networks(request.attributes);
  auto analyzing = analyze(context, std::move(request.image), options);
  ROLLCALL_CO_TRY(const auto analysis, co_await std::move(analyzing));
  wire::detect_faces_response response;
  for (const auto& face : analysis.faces)
    response.face_details.push_back(make_face_detail(face, size_of(analysis), request.attributes));
  co_return response;
}

answer<wire::compare_faces_response> compare_faces(request_context& context, wire::compare_faces_request request) {
  vision::analyze_options options;
  options.filter = to_vision(request.quality_filter);
  options.embed = vision::embed_which::largest;
  auto analyzing_source = analyze(context, std::move(request.source_image), options);
  ROLLCALL_CO_TRY(const auto source, co_await std::move(analyzing_source));
  const auto* probe = find_probe(source);
  if (probe == nullptr)
    co_return no_face_in("source");
  options.embed = vision::embed_which::everybody;
  auto analyzing_target = analyze(context, std::move(request.target_image), options);
  ROLLCALL_CO_TRY(const auto target, co_await std::move(analyzing_target));
  const auto all = compare(*probe, target, context.with.parts.curve);
  if (all.empty())
    co_return no_face_in("target");
  auto recording = record(context, make_comparison(context, source, target, all, request.similarity_threshold));
  ROLLCALL_CO_CHECK(co_await std::move(recording));
  wire::compare_faces_response response;
  response.source_image_face = {probe->box_ratio, probe->confidence};
  for (const auto& one : all) {
    auto face = make_compared_face(target.faces[one.index], size_of(target));
    if (one.similarity >= request.similarity_threshold)
      response.face_matches.push_back({one.similarity, std::move(face)});
    else
      response.unmatched_faces.push_back(std::move(face));
  }
  co_return response;
}

} // namespace rollcall::front::operations
