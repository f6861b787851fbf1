#include "store/checks.hpp"
#include "store/memory/state.hpp"

#include <algorithm>

namespace rollcall::store::memory {

namespace {

using face_table = std::map<core::face_id, face_entry>;

// The stored row of the same face, by picture or by id; null when it is new.
const face_record* find_same(const face_table& faces, const face_record& given) {
  if (given.external_image_id)
    for (const auto& [id, entry] : faces)
      if (is_same_face(entry.record, given))
        return &entry.record;
  const auto found = faces.find(given.id);
  return found == faces.end() ? nullptr : &found->second.record;
}

} // namespace

core::result<added_faces> add_faces(state& all, core::collection_key key, std::span<const face_with_embedding> faces) {
  auto* collection = find_entry(all, key);
  if (collection == nullptr)
    return no_collection();
  added_faces added;
  change_set changes(collection->shape.numbered());
  face_table fresh; // joins the collection when all are accepted
  auto dimension = collection->dimension;
  for (const auto& given : faces) {
    ROLLCALL_CHECK(check_face(collection->record.model_version, dimension, given));
    const auto* stored = find_same(collection->faces, given.face);
    if (stored == nullptr || !is_same_face(*stored, given.face))
      if (const auto* earlier = find_same(fresh, given.face))
        stored = earlier;
    if (stored != nullptr && !is_same_face(*stored, given.face))
      return core::fail(core::error_code::already_exists, "the face id " + to_string(given.face.id) + " is taken");
    if (stored == nullptr) {
      dimension = given.embedding.size();
      changes.put(reference_kind::face, given.face.id.id, given.embedding);
      auto& entry = fresh[given.face.id] = {given.face, given.embedding};
      entry.record.user_id.reset();
      stored = &entry.record;
    }
    added.faces.push_back(*stored);
  }
  collection->dimension = dimension;
  collection->faces.merge(fresh);
  added.mutations = record_changes(all.settings, *collection, std::move(changes));
  return added;
}

core::result<removed_faces> remove_faces(state& all, core::collection_key key, std::span<const core::face_id> ids) {
  auto* collection = find_entry(all, key);
  if (collection == nullptr)
    return no_collection();
  removed_faces done;
  change_set changes(collection->shape.numbered());
  for (const auto& id : without_repetitions(ids)) {
    const auto found = collection->faces.find(id);
    if (found == collection->faces.end()) {
      done.refused.push_back({id, face_refusal::not_found, {}, 0});
    } else if (const auto& user = found->second.record.user_id) {
      done.refused.push_back({id, face_refusal::associated_with_user, *user, 0});
    } else {
      collection->faces.erase(found);
      changes.remove(reference_kind::face, id.id);
      done.removed.push_back(id);
    }
  }
  done.mutations = record_changes(all.settings, *collection, std::move(changes));
  return done;
}

core::result<page<face_with_embedding, core::face_id>> list_faces(state& all, core::collection_key key,
                                                                  const face_filter& filter,
                                                                  const std::optional<core::face_id>& after,
                                                                  std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  auto* collection = find_entry(all, key);
  if (collection == nullptr)
    return no_collection();
  const std::set<core::face_id> wanted(filter.ids.begin(), filter.ids.end());
  page<face_with_embedding, core::face_id> found;
  auto from = after ? collection->faces.upper_bound(*after) : collection->faces.begin();
  for (; from != collection->faces.end(); ++from) {
    const auto& [id, entry] = *from;
    if ((!wanted.empty() && !wanted.contains(id)) || (filter.user_id && entry.record.user_id != filter.user_id))
      continue;
    if (found.rows.size() == limit) {
      found.next = found.rows.back().face.id;
      break;
    }
    found.rows.push_back({entry.record, entry.embedding});
  }
  return found;
}

} // namespace rollcall::store::memory
