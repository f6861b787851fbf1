#include "store/sql/faces.hpp"

#include "store/checks.hpp"
#include "store/sql/references.hpp"

#include <algorithm>
#include <set>

namespace rollcall::store::sql {

namespace {

// What `read_face` expects: the columns and the tables they come from.
#define ROLLCALL_SELECT_FACE                                                                                           \
  "SELECT f.id, f.image, f.external_image_id, f.box_left, f.box_top, f.box_width, f.box_height, f.confidence, "        \
  "f.quality, c.model_version, u.user_id FROM collections c JOIN faces f ON f.collection = c.n "                       \
  "LEFT JOIN users u ON u.n = f.\"user\" "

face_record read_face(const query& q) {
  face_record face;
  face.id = {q.id(0)};
  face.image = {q.id(1)};
  if (!q.is_null(2))
    face.external_image_id = q.text(2);
  face.box = {q.real(3), q.real(4), q.real(5), q.real(6)};
  face.confidence = q.real(7);
  face.quality = q.real(8);
  face.model_version = q.text(9);
  if (!q.is_null(10))
    face.user_id = q.text(10);
  return face;
}

std::optional<face_record> find_record(session& db, core::collection_key key, core::face_id id) {
  query q(db, ROLLCALL_SELECT_FACE "WHERE c.key = ?1 AND f.id = ?2", key, id);
  if (!q.next())
    return std::nullopt;
  return read_face(q);
}

// The row of an earlier call with the same picture, external image id and box.
std::optional<face_record> find_repeated(session& db, core::collection_key key, const face_record& face) {
  if (!face.external_image_id)
    return std::nullopt;
  query q(db,
          ROLLCALL_SELECT_FACE "WHERE c.key = ?1 AND f.image = ?2 AND f.external_image_id = ?3 AND f.box_left = ?4 "
                               "AND f.box_top = ?5 AND f.box_width = ?6 AND f.box_height = ?7",
          key, face.image, face.external_image_id, face.box.left, face.box.top, face.box.width, face.box.height);
  if (!q.next())
    return std::nullopt;
  return read_face(q);
}

void insert(session& db, std::int64_t collection, const face_record& face) {
  execute(db,
          "INSERT INTO faces (collection, id, image, external_image_id, box_left, box_top, box_width, box_height, "
          "confidence, quality) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
          collection, face.id, face.image, face.external_image_id, face.box.left, face.box.top, face.box.width,
          face.box.height, face.confidence, face.quality);
}

// Rows of `q` up to `limit`, then the place to go on from.
page<face_record, core::face_id> read_page(query& q, std::size_t limit) {
  page<face_record, core::face_id> found;
  while (q.next()) {
    if (found.rows.size() == limit) {
      found.next = found.rows.back().id;
      break;
    }
    found.rows.push_back(read_face(q));
  }
  return found;
}

page<face_record, core::face_id> list_those(session& db, core::collection_key key, const face_filter& filter,
                                            const std::optional<core::face_id>& after, std::size_t limit) {
  auto ids = without_repetitions(filter.ids);
  std::sort(ids.begin(), ids.end());
  auto from = after ? std::upper_bound(ids.begin(), ids.end(), *after) : ids.begin();
  page<face_record, core::face_id> found;
  for (; from != ids.end(); ++from) {
    auto face = find_record(db, key, *from);
    if (!face || (filter.user_id && face->user_id != filter.user_id))
      continue;
    if (found.rows.size() == limit) {
      found.next = found.rows.back().id;
      break;
    }
    found.rows.push_back(*std::move(face));
  }
  return found;
}

std::optional<face_row> hold_face_row(session& db, const collection_row& collection, core::face_id id) {
  face_row row;
  {
    query q(db, "SELECT n, \"user\" FROM faces WHERE collection = ?1 AND id = ?2 FOR UPDATE", collection.n, id);
    if (!q.next())
      return std::nullopt;
    row.n = q.number(0);
    if (q.is_null(1))
      return row;
    row.user = q.number(1);
  }
  query q(db, "SELECT user_id FROM users WHERE n = ?1", *row.user);
  if (q.next())
    row.user_id = q.text(0);
  return row;
}

} // namespace

core::status fix_dimension(session& db, collection_row& collection, const face_with_embedding& first) {
  if (collection.dimension != 0)
    return core::nothing{};
  execute(db, "UPDATE collections SET dimension = ?2 WHERE n = ?1 AND dimension = 0", collection.n,
          first.embedding.size());
  query q(db, "SELECT dimension FROM collections WHERE n = ?1", collection.n);
  collection.dimension = q.next() ? static_cast<std::size_t>(q.number(0)) : 0;
  return check_face(collection.model_version, collection.dimension, first); // another writer may have been first
}

std::map<core::face_id, face_row> hold_face_rows(session& db, const collection_row& collection,
                                                 std::span<const core::face_id> ids) {
  std::map<core::face_id, face_row> held;
  for (const auto& id : std::set(ids.begin(), ids.end()))
    if (auto row = hold_face_row(db, collection, id))
      held.emplace(id, *std::move(row));
  return held;
}

core::result<added_faces> add_faces(session& db, core::collection_key key, std::span<const face_with_embedding> faces) {
  ROLLCALL_TRY(auto collection, hold_row(db, key));
  added_faces added;
  change_set changes(collection.shape.numbered());
  for (const auto& given : faces) {
    ROLLCALL_CHECK(check_face(collection.model_version, collection.dimension, given));
    auto stored = find_repeated(db, key, given.face);
    if (!stored)
      stored = find_record(db, key, given.face.id);
    if (stored && !is_same_face(*stored, given.face))
      return core::fail(core::error_code::already_exists, "the face id " + to_string(given.face.id) + " is taken");
    if (!stored) {
      ROLLCALL_CHECK(fix_dimension(db, collection, given));
      insert(db, collection.n, given.face);
      changes.put(reference_kind::face, given.face.id.id, given.embedding);
      stored = given.face;
      stored->user_id.reset();
    }
    added.faces.push_back(*std::move(stored));
  }
  added.mutations = record_changes(db, key, collection, std::move(changes));
  return added;
}

core::result<removed_faces> remove_faces(session& db, core::collection_key key, std::span<const core::face_id> ids) {
  ROLLCALL_TRY(const auto collection, hold_row(db, key));
  removed_faces done;
  change_set changes(collection.shape.numbered());
  const auto held = hold_face_rows(db, collection, ids);
  for (const auto& id : without_repetitions(ids)) {
    const auto* face = find_held(held, id);
    if (face == nullptr) {
      done.refused.push_back({id, face_refusal::not_found, {}, 0});
    } else if (face->user) {
      done.refused.push_back({id, face_refusal::associated_with_user, face->user_id, 0});
    } else {
      execute(db, "DELETE FROM faces WHERE n = ?1", face->n);
      changes.remove(reference_kind::face, id.id);
      done.removed.push_back(id);
    }
  }
  done.mutations = record_changes(db, key, collection, std::move(changes));
  return done;
}

core::result<page<face_record, core::face_id>> list_faces(session& db, core::collection_key key,
                                                          const face_filter& filter,
                                                          const std::optional<core::face_id>& after,
                                                          std::size_t limit) {
  ROLLCALL_CHECK(check_limit(limit));
  ROLLCALL_CHECK(find_row(db, key));
  if (!filter.ids.empty())
    return list_those(db, key, filter, after, limit);
  // An empty blob sorts before every id.
  const core::bytes from = after ? core::bytes(after->id.value.begin(), after->id.value.end()) : core::bytes{};
  if (filter.user_id) {
    query q(db,
            ROLLCALL_SELECT_FACE "WHERE c.key = ?1 AND u.collection = c.n AND u.user_id = ?2 AND f.\"user\" = u.n "
                                 "AND f.id > ?3 ORDER BY f.id LIMIT ?4",
            key, *filter.user_id, core::byte_view(from), one_more(limit));
    return read_page(q, limit);
  }
  query q(db, ROLLCALL_SELECT_FACE "WHERE c.key = ?1 AND f.id > ?2 ORDER BY f.id LIMIT ?3", key, core::byte_view(from),
          one_more(limit));
  return read_page(q, limit);
}

core::result<std::vector<face_record>> find_faces(session& db, core::collection_key key,
                                                  std::span<const core::face_id> ids) {
  std::vector<face_record> found;
  found.reserve(ids.size());
  for (const auto& id : ids)
    if (auto face = find_record(db, key, id))
      found.push_back(*std::move(face));
  return found;
}

core::result<face_with_embedding> find_face(session& db, core::collection_key key, core::face_id id) {
  auto record = find_record(db, key, id);
  if (!record)
    return no_face(id);
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  return face_with_embedding{*std::move(record), find_embedding(db, collection, reference_kind::face, id.id)};
}

core::result<page<face_with_embedding, core::face_id>>
list_embeddings(session& db, core::collection_key key, const std::optional<core::face_id>& after, std::size_t limit) {
  ROLLCALL_TRY(const auto collection, find_row(db, key));
  ROLLCALL_TRY(auto faces, list_faces(db, key, {}, after, limit));
  page<face_with_embedding, core::face_id> found;
  found.next = faces.next;
  for (auto& face : faces.rows) {
    auto embedding = find_embedding(db, collection, reference_kind::face, face.id.id);
    found.rows.push_back({std::move(face), std::move(embedding)});
  }
  return found;
}

} // namespace rollcall::store::sql
