/// Nodes and leases in SQL, each function one transaction's body. See store/membership.hpp for what they promise.
/// Locks: a lease's row, then nodes by name, then the map's row; never with rows of collections that a write holds.
#pragma once

#include "store/membership.hpp"
#include "store/sql/session.hpp"

namespace rollcall::store::postgres {

[[nodiscard]] core::result<core::uuid> cluster_id(sql::session& db);
[[nodiscard]] core::result<node_record> register_node(sql::session& db, const node_record& node,
                                                      const core::uuid& instance, std::chrono::milliseconds lifetime);
[[nodiscard]] core::result<heartbeat> beat(sql::session& db, std::string_view name, std::uint64_t generation,
                                           std::chrono::milliseconds span);
[[nodiscard]] core::result<std::vector<node_record>> list_nodes(sql::session& db);
[[nodiscard]] core::status mark_node(sql::session& db, std::string_view name, node_state state, std::uint64_t token);
[[nodiscard]] core::status remove_node(sql::session& db, std::string_view name, std::uint64_t token);
[[nodiscard]] core::result<std::optional<lease>> take_lease(sql::session& db, std::string_view name,
                                                            std::string_view holder, std::chrono::milliseconds span);
[[nodiscard]] core::status release_lease(sql::session& db, std::string_view name, std::string_view holder);

/// Holds the controller's lease row until the transaction ends. Errors: `conflict` unless `token` is the current one
/// and has not run out.
[[nodiscard]] core::status hold_token(sql::session& db, std::uint64_t token);

[[nodiscard]] core::result<cluster_map> find_map(sql::session& db);
[[nodiscard]] core::result<std::uint64_t> change_placements(sql::session& db, std::span<const placement_change> changes,
                                                            std::uint64_t token);
[[nodiscard]] core::status report_ready(sql::session& db, core::collection_key collection, std::uint32_t partition,
                                        std::string_view node, std::uint64_t generation);

} // namespace rollcall::store::postgres
