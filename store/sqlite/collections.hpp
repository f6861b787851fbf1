/// Collections and their tags in SQLite. Functions over a connection within a transaction of the caller; they throw
/// SQLite::Exception. Contracts: store/store.hpp.
#pragma once

#include "store/sqlite/connection.hpp"

namespace rollcall::store::sqlite {

/// A collection as the other tables know it.
struct collection_row {
  std::int64_t n = 0;
  std::uint32_t partitions = 1;
  std::string model_version;
  std::size_t dimension = 0; ///< of its embeddings; 0 before the first
};

/// Errors: `not_found`.
[[nodiscard]] core::result<collection_row> find_row(connection& db, core::collection_key key);

/// Adds to the counters of a collection; either may be negative.
void add_to_counts(connection& db, const collection_row& collection, std::int64_t faces, std::int64_t users);

core::result<collection_record> create_collection(connection& db, const collection_record& record, const tags& with);
core::result<collection_record> delete_collection(connection& db, std::string_view id);
core::result<collection_record> find_collection(connection& db, std::string_view id);
core::result<collection_counts> count(connection& db, core::collection_key key);
core::result<page<collection_record, std::string>> list_collections(connection& db, std::string_view after,
                                                                    std::size_t limit);
core::result<tags> find_tags(connection& db, core::collection_key key);
core::status add_tags(connection& db, core::collection_key key, const tags& with);
core::status remove_tags(connection& db, core::collection_key key, std::span<const std::string> names);

} // namespace rollcall::store::sqlite
