/// The admin API's handlers and what they get. Grouped by subject in the sources beside this file.
#pragma once

#include "front/admin/admin_plane.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rollcall::front::admin {

/// Rows a page of a listing that is asked for without `limit`.
inline constexpr std::size_t default_page = 100;
inline constexpr std::size_t longest_page = 1'000;

/// One admitted request. `arguments` are the parts of the path that its route leaves open; `query` is decoded.
struct admin_request {
  request_context& context;
  http_request& http;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> query;

  [[nodiscard]] std::optional<std::string> find_query(const std::string& name) const;
  /// The parameter as `true` or `false`; false when absent. Errors: `constraint_violation`.
  [[nodiscard]] core::result<bool> read_flag(const std::string& name) const;
  /// The parameter `limit`, rows of a page, as a number in [1, longest_page]; `default_page` when absent. Errors:
  /// `constraint_violation`.
  [[nodiscard]] core::result<std::size_t> read_limit() const;
};

using admin_answer = asio::awaitable<core::result<http_reply>>;

[[nodiscard]] admin_answer show_status(admin_request& request);

[[nodiscard]] admin_answer examine(admin_request& request);
[[nodiscard]] admin_answer show_figures(admin_request& request);
[[nodiscard]] admin_answer show_cluster(admin_request& request);
[[nodiscard]] admin_answer drain_node(admin_request& request);
[[nodiscard]] admin_answer undrain_node(admin_request& request);
[[nodiscard]] admin_answer remove_node(admin_request& request);
[[nodiscard]] admin_answer make_token(admin_request& request);
/// Without authentication: the token, which is for that alone, stands for it. Errors: `access_denied` (the token).
[[nodiscard]] admin_answer join_cluster(admin_request& request);
[[nodiscard]] admin_answer list_placements(admin_request& request);
[[nodiscard]] admin_answer list_memory(admin_request& request);
[[nodiscard]] admin_answer move_partition(admin_request& request);
[[nodiscard]] admin_answer release_partition(admin_request& request);
[[nodiscard]] admin_answer rebalance(admin_request& request);

/// Makes the first key without authentication: from loopback only, while there is no key. Errors: `access_denied`.
[[nodiscard]] admin_answer init(admin_request& request);
[[nodiscard]] admin_answer create_key(admin_request& request);
[[nodiscard]] admin_answer list_keys(admin_request& request);
[[nodiscard]] admin_answer revoke_key(admin_request& request);

[[nodiscard]] admin_answer list_decisions(admin_request& request);
[[nodiscard]] admin_answer show_decision(admin_request& request);

/// Cameras are stream processors. A key that is limited to collections sees and changes those of its collections only.
[[nodiscard]] admin_answer list_cameras(admin_request& request);
[[nodiscard]] admin_answer add_camera(admin_request& request);
[[nodiscard]] admin_answer show_camera(admin_request& request);
[[nodiscard]] admin_answer start_camera(admin_request& request);
[[nodiscard]] admin_answer stop_camera(admin_request& request);
[[nodiscard]] admin_answer remove_camera(admin_request& request);

[[nodiscard]] admin_answer list_events(admin_request& request);

[[nodiscard]] admin_answer list_collections(admin_request& request);
[[nodiscard]] admin_answer list_partitions(admin_request& request);
[[nodiscard]] admin_answer resize_collection(admin_request& request);
[[nodiscard]] admin_answer set_recall_floor(admin_request& request);
[[nodiscard]] admin_answer export_faces(admin_request& request);
[[nodiscard]] admin_answer import_faces(admin_request& request);

} // namespace rollcall::front::admin
