/// What is refused of a query before anybody is asked, and what is made of what its shards answered. Pure.
#pragma once

#include "actors/search/gathering.hpp"

namespace rollcall::actors {

/// Errors: `invalid_argument` (probes of another shape than count × dimension; no partition or hit wanted),
/// `deadline_exceeded`.
[[nodiscard]] core::status check_query(const query& asked);

/// The nearest of all answers with what they cover. Errors: the first that a shard answered, where every other would
/// have or no partition answered; `incomplete`, where some did and the caller does not take that.
[[nodiscard]] core::result<query_answer> merge_answers(const gathering& progress, const query& asked);

} // namespace rollcall::actors
