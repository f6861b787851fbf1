// The cluster: its nodes and what they hold; draining and removing them.
#include "core/log.hpp"
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <map>

namespace rollcall::front::admin {

namespace {

using actors::cluster_view;
using store::node_role;
using store::placement_state;

struct held_by_node {
  std::size_t ready = 0;
  std::size_t loading = 0;
  std::size_t leaving = 0;
};

json::array roles_of(std::uint8_t bits) {
  json::array roles;
  for (const auto& [role, name] : {std::pair{node_role::front, "front"},
                                   {node_role::embedder, "embedder"},
                                   {node_role::shard, "shard"},
                                   {node_role::ingest, "ingest"},
                                   {node_role::controller, "controller"}})
    if (store::has_role(bits, role))
      roles.emplace_back(name);
  return roles;
}

json::object describe(const store::node_record& node, const held_by_node& held) {
  json::object shown{{"name", node.name},
                     {"state", to_text(node.state)},
                     {"generation", node.generation},
                     {"roles", roles_of(node.roles)},
                     {"address", node.address},
                     {"zone", node.zone},
                     {"capacity", node.capacity},
                     {"version", node.version},
                     {"silent_ms", node.since_beat.count()},
                     {"signed_off", node.has_left},
                     {"lease_ms", node.lease_left.count()},
                     {"fenced", node.is_fenced},
                     {"ready", held.ready},
                     {"loading", held.loading},
                     {"leaving", held.leaving}};
  if (node.memory.budget_bytes > 0)
    shown["memory"] = json::object{{"used_bytes", node.memory.used_bytes}, {"budget_bytes", node.memory.budget_bytes}};
  return shown;
}

/// What approximate searches are seen to find, by node; of those that know.
using recall_by_node = std::map<std::string, json::object>;

recall_by_node read_recall(const std::vector<store::node_figures>& nodes) {
  recall_by_node found;
  for (const auto& node : nodes) {
    const auto said = wire::json_document::parse(node.text);
    const auto* recall = said ? said->root().if_contains("recall") : nullptr;
    if (recall != nullptr && recall->is_object())
      found.emplace(node.name, json::object{recall->get_object(), json::storage_ptr{}});
  }
  return found;
}

json::object describe(const cluster_view& view, const std::vector<store::partition_head>& heads,
                      const recall_by_node& recall) {
  std::map<std::string, held_by_node> held;
  for (const auto& one : view.map.placements) {
    auto& node = held[one.node];
    ++(one.state == placement_state::ready     ? node.ready
       : one.state == placement_state::loading ? node.loading
                                               : node.leaving);
  }
  std::vector<actors::partition_key> partitions;
  partitions.reserve(heads.size());
  for (const auto& head : heads)
    partitions.emplace_back(head.collection, head.partition);
  json::array nodes;
  for (const auto& node : view.nodes) {
    auto shown = describe(node, held[node.name]);
    if (const auto known = recall.find(node.name); known != recall.end())
      shown["recall"] = known->second;
    nodes.push_back(std::move(shown));
  }
  return {{"cluster_id", to_string(view.id)}, {"answered_by", view.self},
          {"map_version", view.map.version},  {"partitions", heads.size()},
          {"replicas", view.replicas},        {"replicas_missing", tally_of(view).missing(partitions)},
          {"nodes", std::move(nodes)}};
}

admin_answer set_drained(admin_request& request, bool is_drained) {
  auto asking = ask_cluster<actors::drain_begun>(request, actors::drain_request{request.arguments.front(), is_drained});
  ROLLCALL_CO_CHECK(co_await std::move(asking));
  co_return json_reply(json::object{});
}

} // namespace

admin_answer show_cluster(admin_request& request) {
  auto asking = ask_cluster<cluster_view>(request, actors::cluster_request{});
  ROLLCALL_CO_TRY(const auto view, co_await std::move(asking));
  auto reading = read(request.context, [](store::store& in) { return in.list_heads(); });
  ROLLCALL_CO_TRY(const auto heads, co_await std::move(reading));
  auto looking = ask_cluster<actors::cluster_figures>(request, actors::figures_request{});
  ROLLCALL_CO_TRY(const auto told, co_await std::move(looking));
  co_return json_reply(describe(view, heads, read_recall(told.nodes)));
}

admin_answer drain_node(admin_request& request) {
  return set_drained(request, true);
}

admin_answer undrain_node(admin_request& request) {
  return set_drained(request, false);
}

admin_answer remove_node(admin_request& request) {
  ROLLCALL_CO_TRY(const auto is_forced, request.read_flag("force"));
  const auto& node = request.arguments.front();
  auto asking = ask_cluster<actors::node_removed>(request, actors::remove_request{node, is_forced});
  ROLLCALL_CO_TRY(const auto removed, co_await std::move(asking));
  core::log(
      core::log_level::note, "front", "a node was removed",
      {{"node", node}, {"unanswered", std::to_string(removed.left.size())}, {"by", request.context.who.principal}});
  json::array left;
  for (const auto& one : removed.left)
    left.push_back(json::object{{"collection_id", one.collection}, {"partition", one.partition}});
  json::object body;
  body["unanswered"] = std::move(left);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
