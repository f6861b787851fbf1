// What the collections of a cluster take of its nodes' memory, as those told with their last heartbeats.
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "front/operations/lookup.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace rollcall::front::admin {

namespace {

/// By their keys, as nodes name them.
using ids_by_key = std::map<std::string, std::string>;

core::result<ids_by_key> list_ids(store::store& in) {
  ROLLCALL_TRY(const auto collections, operations::all_collections_in(in));
  ids_by_key ids;
  for (const auto& row : collections)
    ids.emplace(core::to_string(row.key.id), row.id);
  return ids;
}

// What one node says of one collection; nothing of one that was deleted since.
std::optional<json::object> describe(const std::string& node, const json::value& said, const ids_by_key& ids) {
  const auto* held = said.if_object();
  const auto* key = held == nullptr ? nullptr : held->if_contains("collection");
  const auto found = key == nullptr || !key->is_string() ? ids.end() : ids.find(std::string{key->get_string()});
  if (found == ids.end())
    return std::nullopt;
  json::object shown{{"collection_id", found->second}, {"node", node}};
  for (const auto* member : {"partitions", "references", "bytes"})
    if (const auto* value = held->if_contains(member))
      shown[member] = *value;
  return shown;
}

bool is_less(const json::object& a, const json::object& b) {
  return std::tie(a.at("collection_id").as_string(), a.at("node").as_string())
         < std::tie(b.at("collection_id").as_string(), b.at("node").as_string());
}

json::array describe(const std::vector<store::node_figures>& nodes, const ids_by_key& ids) {
  std::vector<json::object> rows;
  for (const auto& node : nodes) {
    const auto said = wire::json_document::parse(node.text);
    const auto* held =
        said && !node.has_left && node.state != store::node_state::dead ? said->root().if_contains("held") : nullptr;
    if (held == nullptr || !held->is_array())
      continue;
    for (const auto& each : held->get_array())
      if (auto row = describe(node.name, each, ids))
        rows.push_back(json::object{*std::move(row), json::storage_ptr{}}); // the document's memory goes with it
  }
  std::sort(rows.begin(), rows.end(), is_less);
  json::array all;
  for (auto& row : rows)
    all.push_back(std::move(row));
  return all;
}

} // namespace

admin_answer list_memory(admin_request& request) {
  auto asking = ask_cluster<actors::cluster_figures>(request, actors::figures_request{});
  ROLLCALL_CO_TRY(const auto figures, co_await std::move(asking));
  auto reading = read(request.context, &list_ids);
  ROLLCALL_CO_TRY(const auto ids, co_await std::move(reading));
  json::object body;
  body["collections"] = describe(figures.nodes, ids);
  co_return json_reply(body);
}

} // namespace rollcall::front::admin
