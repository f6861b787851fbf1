/// Faces in SQL. Functions over a session within a transaction of the caller; they throw sql::failure.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sql/collections.hpp"

#include <map>

namespace rollcall::store::sql {

/// A face with the user it is tied to, as the users' writes need it.
struct face_row {
  std::int64_t n = 0;
  std::optional<std::int64_t> user; ///< row of the user
  std::string user_id;              ///< empty without a user
};

/// Those of `ids` that the collection has. They stay as they are until the transaction ends; they are taken in
/// ascending order, so that writers cannot deadlock.
[[nodiscard]] std::map<core::face_id, face_row> hold_face_rows(session& db, const collection_row& collection,
                                                               std::span<const core::face_id> ids);

/// Null when it is not there.
[[nodiscard]] inline const face_row* find_held(const std::map<core::face_id, face_row>& held, core::face_id id) {
  const auto found = held.find(id);
  return found == held.end() ? nullptr : &found->second;
}

/// The first face of a collection fixes the dimension of its embeddings. Errors: `model_mismatch` when another writer's
/// face was first, with another dimension.
core::status fix_dimension(session& db, collection_row& collection, const face_with_embedding& first);

core::result<added_faces> add_faces(session& db, core::collection_key key, std::span<const face_with_embedding> faces);
core::result<removed_faces> remove_faces(session& db, core::collection_key key, std::span<const core::face_id> ids);
core::result<page<face_record, core::face_id>> list_faces(session& db, core::collection_key key,
                                                          const face_filter& filter,
                                                          const std::optional<core::face_id>& after, std::size_t limit);
core::result<std::vector<face_record>> find_faces(session& db, core::collection_key key,
                                                  std::span<const core::face_id> ids);
core::result<face_with_embedding> find_face(session& db, core::collection_key key, core::face_id id);
core::result<page<face_with_embedding, core::face_id>>
list_embeddings(session& db, core::collection_key key, const std::optional<core::face_id>& after, std::size_t limit);

} // namespace rollcall::store::sql
