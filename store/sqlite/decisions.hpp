/// The decision log in SQLite: append and read, nothing else (triggers refuse the rest). Functions over a connection
/// within a transaction of the caller; they throw SQLite::Exception. Contracts: store/store.hpp.
#pragma once

#include "store/sqlite/connection.hpp"

namespace rollcall::store::sqlite {

core::status append_decisions(connection& db, std::span<const decision> decisions);
core::result<page<decision, std::uint64_t>> list_decisions(connection& db, const decision_filter& filter,
                                                           std::optional<std::uint64_t> before, std::size_t limit);
core::result<decision> find_decision(connection& db, core::request_id request);

} // namespace rollcall::store::sqlite
