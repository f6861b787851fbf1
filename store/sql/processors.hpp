/// Stream processors in SQL. Functions over a connection within a transaction of the caller; they throw sql::failure.
/// Contracts: store/store.hpp.
#pragma once

#include "store/sql/session.hpp"
#include "store/store.hpp"

namespace rollcall::store::sql {

core::status create_processor(session& db, const stream_processor& made);
core::result<stream_processor> find_processor(session& db, std::string_view name);
core::result<page<stream_processor, std::string>> list_processors(session& db, std::string_view after,
                                                                  std::size_t limit);
core::result<stream_processor> start_processor(session& db, std::string_view name, core::wall_time at);
core::result<stream_processor> stop_processor(session& db, std::string_view name, core::wall_time at);
core::result<stream_processor> replace_details(session& db, std::string_view name, std::string_view seen,
                                               std::string_view details, core::wall_time at);
core::result<stream_processor> delete_processor(session& db, std::string_view name);
/// `clock`: a statement for the database's time.
core::result<stream_processor> claim_processor(session& db, const core::uuid& key, std::string_view node,
                                               std::chrono::milliseconds span, std::string_view clock);
core::result<std::vector<processor_claim>> renew_claims(session& db, std::string_view node,
                                                        std::chrono::milliseconds span, std::string_view clock);
core::result<stream_processor> report_processor(session& db, const core::uuid& key, std::uint64_t epoch,
                                                processor_status status, std::string_view message, core::wall_time at);

/// That this claim is the last; it stays so until the end of the transaction. Errors: `not_found`, `conflict`.
core::result<stream_processor> lock_claim(session& db, const core::uuid& key, std::uint64_t epoch);

} // namespace rollcall::store::sql
