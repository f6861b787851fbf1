/// Nodes and leases in SQL, each function one transaction's body. See store/membership.hpp for what they promise.
/// Locks: a token's row, a lease's row, then a node's, then the map's row, then placements; never with rows of
/// collections that a write holds.
///
/// The row of a node that was removed stays, with the state 3 and without effect, so that the name's generations and
/// lease numbers only ever grow: whoever has seen one of them can't take a later one for it.
#pragma once

#include "store/membership.hpp"
#include "store/sql/session.hpp"

namespace rollcall::store::postgres {

[[nodiscard]] core::result<core::uuid> cluster_id(sql::session& db);
[[nodiscard]] core::result<node_record> register_node(sql::session& db, const node_record& node,
                                                      const core::uuid& instance, std::chrono::milliseconds lifetime);
[[nodiscard]] core::result<heartbeat> beat(sql::session& db, std::string_view name, std::uint64_t generation,
                                           std::chrono::milliseconds span, std::string_view figures,
                                           const memory_report& memory);
[[nodiscard]] core::result<bool> fence(sql::session& db, std::string_view name, std::uint64_t seen,
                                       std::chrono::milliseconds span);
[[nodiscard]] core::status end_fence(sql::session& db, std::string_view name);
[[nodiscard]] core::status leave(sql::session& db, std::string_view name, std::uint64_t generation);
[[nodiscard]] core::result<std::vector<node_record>> list_nodes(sql::session& db);
[[nodiscard]] core::result<std::vector<node_figures>> list_figures(sql::session& db);
[[nodiscard]] core::status drain(sql::session& db, std::string_view name, bool is_drained);
[[nodiscard]] core::status mark_node(sql::session& db, std::string_view name, node_state state, std::uint64_t token);
[[nodiscard]] core::result<std::vector<named_partition>> remove_node(sql::session& db, std::string_view name,
                                                                     const node_removal& how);
[[nodiscard]] core::result<std::optional<lease>> take_lease(sql::session& db, std::string_view name,
                                                            std::string_view holder, std::chrono::milliseconds span);
[[nodiscard]] core::status release_lease(sql::session& db, std::string_view name, std::string_view holder);

[[nodiscard]] core::status add_join_token(sql::session& db, const join_token& token);
[[nodiscard]] core::status join(sql::session& db, const core::sha256_digest& token, const std::string& node,
                                const std::string& public_key);
[[nodiscard]] core::result<bool> may_enter(sql::session& db, std::string_view node, std::string_view public_key);

/// Errors: `invalid_argument`.
[[nodiscard]] core::status check_node_name(std::string_view name);

/// Holds the controller's lease row until the transaction ends. Errors: `conflict` unless `token` is the current one
/// and has not run out.
[[nodiscard]] core::status hold_token(sql::session& db, std::uint64_t token);

[[nodiscard]] core::result<cluster_map> find_map(sql::session& db);
[[nodiscard]] core::result<std::uint64_t> change_placements(sql::session& db, std::span<const placement_change> changes,
                                                            std::uint64_t token);
[[nodiscard]] core::result<std::uint64_t> map_version(sql::session& db);
[[nodiscard]] core::result<std::vector<placement_pin>> list_pins(sql::session& db);
[[nodiscard]] core::status pin(sql::session& db, const replica_move& what);
[[nodiscard]] core::result<std::size_t> release_pins(sql::session& db, std::string_view collection,
                                                     std::uint32_t partition);
[[nodiscard]] core::result<std::vector<share_entry>> find_share(sql::session& db, std::string_view node);
[[nodiscard]] core::result<std::vector<holder>> find_holders(sql::session& db, core::collection_key collection,
                                                             std::span<const std::uint32_t> partitions);
[[nodiscard]] core::status report(sql::session& db, std::string_view node, std::uint64_t generation,
                                  std::span<const placement> done);

[[nodiscard]] core::status remember_snapshot(sql::session& db, std::string_view node, const snapshot_note& what,
                                             const std::optional<core::sha256_digest>& kept);
[[nodiscard]] core::result<bool> knows_snapshot(sql::session& db, const snapshot_note& what);

/// Makes everybody look at the map and the nodes. Gives the map's new version.
std::uint64_t next_version(sql::session& db);

/// Those that the node answers for (`ready` or `leaving`) and no other node that lives does, by collection id,
/// partition.
[[nodiscard]] std::vector<named_partition> find_sole(sql::session& db, std::string_view node);

/// All that a node is to hold has to be loaded (again). The others look at the nodes, too, when the map's version
/// grows.
void reload_placements(sql::session& db, std::string_view node);

} // namespace rollcall::store::postgres
