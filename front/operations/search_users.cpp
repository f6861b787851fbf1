// SearchUsers and SearchUsersByImage.
#include "front/operations/handlers.hpp"
#include "front/operations/lookup.hpp"
#include "front/operations/matching.hpp"
#include "front/operations/pictures.hpp"
#include "front/operations/stored_probe.hpp"

#include <algorithm>
#include <unordered_map>

namespace rollcall::front::operations {

namespace {

/// Joins matches with their users; most similar first, ties by lower user id.
std::vector<wire::user_match> join_users(const std::vector<match>& found,
                                         const std::vector<store::user_record>& records) {
  std::unordered_map<core::uuid, const store::user_record*> by_key;
  for (const auto& one : records)
    by_key.emplace(one.key.id, &one);
  std::vector<wire::user_match> joined;
  for (const auto& one : found)
    if (const auto row = by_key.find(one.id); row != by_key.end())
      joined.push_back({one.similarity, {row->second->user_id, to_wire(row->second->status)}});
  std::ranges::sort(joined, [](const auto& a, const auto& b) {
    return a.similarity != b.similarity ? a.similarity > b.similarity : a.user.user_id < b.user.user_id;
  });
  return joined;
}

/// Searches users, fetches their records and writes the decision.
asio::awaitable<core::result<std::vector<wire::user_match>>>
search_users_and_record(request_context& context, store::collection_record collection, probe wanted,
                        std::string probe_name) {
  wanted.kind = core::reference_kind::user;
  const float threshold = wanted.threshold;
  matches found;
  if (!wanted.embedding.empty()) {
    auto searching = search(context, collection, std::move(wanted));
    ROLLCALL_CO_TRY(found, co_await std::move(searching));
  }
  std::vector<wire::user_match> joined;
  if (!found.found.empty()) {
    std::vector<core::user_key> keys;
    for (const auto& one : found.found)
      keys.push_back(core::user_key{one.id});
    auto recall = [key = collection.key, keys](last_known& known) {
      auto all = known.find_users(key, keys); // a user without a record has no id to show
      return all.size() == keys.size() ? std::optional{std::move(all)} : std::nullopt;
    };
    auto reading = [key = collection.key, keys = std::move(keys)](store::store& in) {
      return in.find_users(key, keys);
    };
    auto asked = read_or_recall(context, std::move(reading), std::move(recall));
    ROLLCALL_CO_TRY(const auto records, co_await std::move(asked));
    if (!records.is_recalled)
      context.with.known.keep(collection.key, records.value);
    joined = join_users(found.found, records.value);
  }
  auto entry = make_decision(context, collection, std::move(probe_name), threshold, found.covered);
  for (const auto& one : joined)
    entry.candidates.push_back({one.user.user_id, one.similarity});
  auto recording = record(context, std::move(entry));
  ROLLCALL_CO_CHECK(co_await std::move(recording));
  co_return joined;
}

/// Every face but the one searched, with why it was not.
std::vector<wire::unused_face> make_unsearched(const vision::analysis& analysis, const vision::face* searched) {
  std::vector<wire::unused_face> unsearched;
  for (const auto& face : analysis.faces) {
    if (&face == searched)
      continue;
    auto reasons = make_reasons(face.reasons);
    if (reasons.empty())
      reasons.push_back(wire::face_reason::face_not_largest);
    unsearched.push_back({std::move(reasons), make_face_detail(face, size_of(analysis), {})});
  }
  return unsearched;
}

} // namespace

answer<wire::search_users_response> search_users(request_context& context, wire::search_users_request request) {
  auto finding = request.face_id ? find_stored_face(context, request.collection_id, *request.face_id)
                                 : find_stored_user(context, request.collection_id, request.user_id.value_or(""));
  ROLLCALL_CO_TRY(auto found, co_await std::move(finding));
  probe wanted;
  wanted.embedding = std::move(found.embedding);
  if (found.kind == core::reference_kind::user)
    wanted.self = found.id;
  wanted.k = static_cast<std::size_t>(request.max_users);
  wanted.threshold = request.user_match_threshold;
  auto name = request.face_id ? core::to_string(*request.face_id) : request.user_id.value_or("");
  auto searching = search_users_and_record(context, found.collection, std::move(wanted), std::move(name));
  ROLLCALL_CO_TRY(auto joined, co_await std::move(searching));
  wire::search_users_response response;
  response.user_matches = std::move(joined);
  response.face_model_version = found.collection.model_version;
  response.searched_face = request.face_id;
  response.searched_user = request.user_id;
  co_return response;
}

answer<wire::search_users_by_image_response> search_users_by_image(request_context& context,
                                                                   wire::search_users_by_image_request request) {
  auto finding = find_searched_collection(context, request.collection_id);
  ROLLCALL_CO_TRY(const auto collection, co_await std::move(finding));
  vision::analyze_options options;
  options.embed = vision::embed_which::largest;
  options.filter = to_vision(request.quality_filter);
  auto analyzing = analyze(context, std::move(request.image), options);
  ROLLCALL_CO_TRY(const auto analysis, co_await std::move(analyzing));
  const auto* face = find_probe(analysis);
  wire::search_users_by_image_response response;
  response.face_model_version = collection.model_version;
  response.unsearched_faces = make_unsearched(analysis, face);
  if (face == nullptr)
    co_return response;
  probe wanted;
  wanted.embedding = face->embedding;
  wanted.k = static_cast<std::size_t>(request.max_users);
  wanted.threshold = request.user_match_threshold;
  auto searching = search_users_and_record(context, collection, std::move(wanted), core::to_string(analysis.image));
  ROLLCALL_CO_TRY(auto joined, co_await std::move(searching));
  response.user_matches = std::move(joined);
  response.searched_face = make_face_detail(*face, size_of(analysis), {});
  co_return response;
}

} // namespace rollcall::front::operations
