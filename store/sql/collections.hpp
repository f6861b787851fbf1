/// Collections and their tags in SQL. Functions over a session within a transaction of the caller; they throw
/// sql::failure. Contracts: store/store.hpp.
#pragma once

#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

/// A collection as the other tables know it.
struct collection_row {
  std::int64_t n = 0;
  partition_shape shape;
  std::uint32_t stored = 1; ///< embeddings are kept under the partition that their id has of so many
  std::string model_version;
  std::size_t dimension = 0; ///< of its embeddings; 0 before the first
};

/// Errors: `not_found`.
[[nodiscard]] core::result<collection_row> find_row(session& db, core::collection_key key);
/// The same for a write: the collection stays until the transaction ends.
[[nodiscard]] core::result<collection_row> hold_row(session& db, core::collection_key key);
/// The same for writes that exclude one another, but not those of faces and users.
[[nodiscard]] core::result<collection_row> lock_row(session& db, core::collection_key key);

core::result<collection_record> create_collection(session& db, const collection_record& record, const tags& with);
core::result<collection_record> delete_collection(session& db, std::string_view id);
core::result<collection_record> find_collection(session& db, std::string_view id);
core::result<collection_record> set_recall_floor(session& db, std::string_view id, float to);
core::result<collection_counts> count(session& db, core::collection_key key);
core::result<page<collection_record, std::string>> list_collections(session& db, std::string_view after,
                                                                    std::size_t limit);
core::result<tags> find_tags(session& db, core::collection_key key);
core::status add_tags(session& db, core::collection_key key, const tags& with);
core::status remove_tags(session& db, core::collection_key key, std::span<const std::string> names);

} // namespace rollcall::store::sql
