/// Faces in SQLite. Functions over a connection within a transaction of the caller; they throw SQLite::Exception.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sqlite/collections.hpp"

namespace rollcall::store::sqlite {

/// A face with the user it is tied to, as the users' writes need it.
struct face_row {
  std::int64_t n = 0;
  std::optional<std::int64_t> user; ///< row of the user
  std::string user_id;              ///< empty without a user
};

/// Empty when the collection has no such face.
[[nodiscard]] std::optional<face_row> find_face_row(connection& db, const collection_row& collection, core::face_id id);

core::result<added_faces> add_faces(connection& db, core::collection_key key,
                                    std::span<const face_with_embedding> faces);
core::result<removed_faces> remove_faces(connection& db, core::collection_key key, std::span<const core::face_id> ids);
core::result<page<face_record, core::face_id>> list_faces(connection& db, core::collection_key key,
                                                          const face_filter& filter,
                                                          const std::optional<core::face_id>& after, std::size_t limit);
core::result<std::vector<face_record>> find_faces(connection& db, core::collection_key key,
                                                  std::span<const core::face_id> ids);
core::result<face_with_embedding> find_face(connection& db, core::collection_key key, core::face_id id);
core::result<page<face_with_embedding, core::face_id>>
list_embeddings(connection& db, core::collection_key key, const std::optional<core::face_id>& after, std::size_t limit);

} // namespace rollcall::store::sqlite
