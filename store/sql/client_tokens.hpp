/// Callers' retry marks in SQL: the first reply of a call, kept for a time, at most so many. Functions over a
/// session within a transaction of the caller; they throw sql::failure.
#pragma once

#include "store/sql/collections.hpp"

namespace rollcall::store::sql {

/// The first reply under this token, without its mutations; empty when the token is empty, new or expired.
/// Errors: `idempotency_mismatch` when it was used with another fingerprint.
[[nodiscard]] core::result<std::optional<changed_user>> recall(session& db, const collection_row& collection,
                                                               const client_token& token);

/// Keeps the reply under its token (not with an empty one), and forgets those that are too old or too many.
void remember(session& db, const collection_row& collection, const client_token& token, const changed_user& reply);

} // namespace rollcall::store::sql
