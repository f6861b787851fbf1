/// Doubling of a collection's partitions in SQL: heads and order only, no embedding is touched. Functions over a
/// session within a transaction of the caller; they throw sql::failure. Contracts: store/store.hpp; decision record
/// 0010.
#pragma once

#include "store/sql/collections.hpp"

namespace rollcall::store::sql {

core::result<collection_shape> find_shape(session& db, std::string_view id);
core::result<doubling_step_taken> take_doubling_step(session& db, std::string_view id, doubling_step step,
                                                     const partition_shape& seen);

} // namespace rollcall::store::sql
