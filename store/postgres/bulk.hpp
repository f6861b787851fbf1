/// Many faces in one call, by COPY.
#pragma once

#include "store/postgres/connection.hpp"

namespace rollcall::store::postgres {

/// The body of `store::add_faces`. From some tens of faces on, those that meet neither each other nor a stored one are
/// copied; the rest takes the way of single ones. Throws sql::failure.
[[nodiscard]] core::result<added_faces> add_faces(connection& db, core::collection_key key,
                                                  std::span<const face_with_embedding> faces);

} // namespace rollcall::store::postgres
