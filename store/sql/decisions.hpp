/// The decision log in SQL: append and read, nothing else (triggers refuse the rest). Functions over a connection
/// within a transaction of the caller; they throw sql::failure. Contracts: store/store.hpp.
#pragma once

#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

core::status append_decisions(session& db, std::span<const decision> decisions);
core::status append_missing_decisions(session& db, std::span<const decision> decisions);
core::result<page<decision, std::uint64_t>> list_decisions(session& db, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit);
core::result<decision> find_decision(session& db, core::request_id request);

} // namespace rollcall::store::sql
