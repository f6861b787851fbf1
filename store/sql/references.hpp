/// References and mutation order in SQL: what shards read, and the numbering of what writes change. Functions over a
/// session within a transaction of the caller; they throw sql::failure. Contracts: store/store.hpp.
#pragma once

#include "store/change_set.hpp"
#include "store/sql/collections.hpp"

namespace rollcall::store::sql {

/// Changes with their numbers, one batch per partition touched, and those of each partition that are to be forgotten.
struct numbered_changes {
  std::vector<mutation_batch> batches;
  std::vector<mutation_batch> followed; ///< the same ones as the other partitions of a doubling have them
  std::vector<std::pair<std::uint32_t, std::uint64_t>> old; ///< partition, and the last number that goes
};

/// Takes the next numbers for the changes and moves the heads, partition by partition, ascending.
[[nodiscard]] numbered_changes number_changes(session& db, core::collection_key key, const collection_row& collection,
                                              change_set changes);
/// All batches, for those who answer for the partitions.
[[nodiscard]] std::vector<mutation_batch> all_batches(numbered_changes changes);
/// Forgets the mutations beyond those that settings keep.
void forget_old(session& db, const collection_row& collection, const numbered_changes& changes);
/// The whole of it: numbers the changes, applies them to the references, forgets old ones.
[[nodiscard]] std::vector<mutation_batch> record_changes(session& db, core::collection_key key,
                                                         const collection_row& collection, change_set changes);

/// The embedding of a reference; empty when there is none.
[[nodiscard]] std::vector<float> find_embedding(session& db, const collection_row& collection, reference_kind kind,
                                                const core::uuid& id);

core::result<std::vector<partition_head>> list_heads(session& db);
core::result<reference_page> list_references(session& db, core::collection_key key, std::uint32_t partition,
                                             const std::optional<std::pair<reference_kind, core::uuid>>& after,
                                             std::size_t limit);
core::result<mutation_batch> tail_mutations(session& db, core::collection_key key, std::uint32_t partition,
                                            std::uint64_t after, std::size_t limit);

} // namespace rollcall::store::sql
