#include "front/operations/face_search.hpp"

#include "front/operations/lookup.hpp"

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

} // namespace

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

} // namespace rollcall::front::operations
