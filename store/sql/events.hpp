/// Events in SQL. Functions over a connection within a transaction of the caller; they throw sql::failure. Contracts:
/// store/store.hpp.
#pragma once

#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

core::result<std::vector<std::uint64_t>> append_events(session& db, const core::uuid& processor, std::uint64_t epoch,
                                                       std::span<const event_record> events);
core::result<page<event_record, std::uint64_t>> list_events(session& db, const event_filter& filter,
                                                            std::uint64_t after, std::size_t limit);
core::result<std::uint64_t> last_event(session& db);
core::result<std::uint64_t> last_event_of(session& db, std::string_view camera, std::uint64_t before);
core::result<std::uint64_t> prune_events(session& db, core::wall_time before, std::size_t limit);

} // namespace rollcall::store::sql
