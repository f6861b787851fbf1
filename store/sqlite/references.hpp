/// References and mutation order in SQLite: what shards read, and the numbering of what writes change. Functions over a
/// connection within a transaction of the caller; they throw SQLite::Exception. Contracts: store/store.hpp.
#pragma once

#include "store/change_set.hpp"
#include "store/sqlite/collections.hpp"

namespace rollcall::store::sqlite {

/// Numbers the changes, applies them to the references and moves the heads, partition by partition, ascending. Gives
/// them back numbered, one batch per partition touched. Also forgets mutations beyond those that settings keep.
[[nodiscard]] std::vector<mutation_batch> record_changes(connection& db, core::collection_key key,
                                                         const collection_row& collection, change_set changes);

/// The embedding of a reference; empty when there is none.
[[nodiscard]] std::vector<float> find_embedding(connection& db, const collection_row& collection, reference_kind kind,
                                                const core::uuid& id);

core::result<std::vector<partition_head>> list_heads(connection& db);
core::result<reference_page> list_references(connection& db, core::collection_key key, std::uint32_t partition,
                                             const std::optional<std::pair<reference_kind, core::uuid>>& after,
                                             std::size_t limit);
core::result<mutation_batch> tail_mutations(connection& db, core::collection_key key, std::uint32_t partition,
                                            std::uint64_t after, std::size_t limit);

} // namespace rollcall::store::sqlite
