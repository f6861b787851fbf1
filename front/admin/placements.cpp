// The partitions of a cluster: where each one is held.
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "front/operations/lookup.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <charconv>
#include <map>
#include <tuple>

namespace rollcall::front::admin {

namespace {

using actors::cluster_view;
using store::placement_state;

/// What is held of a partition, and wanted of it.
struct placed_partition {
  std::vector<const store::placement*> replicas;
  std::vector<const store::placement_pin*> pins;
};

/// A partition as operators name it.
struct named_head {
  std::string collection; ///< its id
  std::uint32_t partition = 0;
  core::collection_key key;
  std::uint64_t seq = 0; ///< of its last mutation
};

/// Which partitions a page shows.
struct page_request {
  std::string collection; ///< empty: all
  std::string node;       ///< empty: all
  std::optional<std::pair<std::string, std::uint32_t>> after;
  std::size_t limit = default_page;
};

/// "COLLECTION/PARTITION": an id of a collection has no slash.
core::result<std::pair<std::string, std::uint32_t>> parse_position(const std::string& text) {
  const auto slash = text.rfind('/');
  std::uint32_t partition = 0;
  const auto* end = text.data() + text.size();
  const auto read = slash == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                               : std::from_chars(text.data() + slash + 1, end, partition);
  if (read.ec != std::errc{} || read.ptr != end)
    return core::fail(core::error_code::constraint_violation, "'after' must be the 'next' of a page before");
  return std::pair{text.substr(0, slash), partition};
}

core::result<page_request> read_page_request(const admin_request& request) {
  page_request wanted{request.find_query("collection").value_or(""), request.find_query("node").value_or(""), {}, 0};
  ROLLCALL_TRY(wanted.limit, request.read_limit());
  if (const auto after = request.find_query("after")) {
    ROLLCALL_TRY(wanted.after, parse_position(*after));
  }
  return wanted;
}

bool is_shown(const named_head& head, const placed_partition& placed, const page_request& wanted) {
  if (!wanted.collection.empty() && head.collection != wanted.collection)
    return false;
  if (wanted.after && std::pair{head.collection, head.partition} <= *wanted.after)
    return false;
  return wanted.node.empty() || std::any_of(placed.replicas.begin(), placed.replicas.end(), [&](const auto* one) {
           return one->node == wanted.node;
         });
}

// What nodes say of the replicas that they load, by node, collection, partition.
using loads_by_replica = std::map<std::tuple<std::string, std::string, std::uint32_t>, json::object>;

bool is_loading(const cluster_view& view) {
  return std::any_of(view.map.placements.begin(), view.map.placements.end(),
                     [](const auto& one) { return one.state == placement_state::loading; });
}

// What one node says of one replica; what is none is passed over.
void add_load(loads_by_replica& to, const std::string& node, const json::value& said) {
  const auto* load = said.if_object();
  const auto* collection = load == nullptr ? nullptr : load->if_contains("collection");
  const auto* partition = load == nullptr ? nullptr : load->if_contains("partition");
  if (collection == nullptr || !collection->is_string() || partition == nullptr)
    return;
  json::error_code wrong;
  const auto number = partition->to_number<std::uint32_t>(wrong);
  if (wrong)
    return;
  auto shown = *load;
  shown.erase("collection");
  shown.erase("partition");
  to[{node, std::string{collection->get_string()}, number}] = std::move(shown);
}

loads_by_replica read_loads(const std::vector<store::node_figures>& nodes) {
  loads_by_replica found;
  for (const auto& node : nodes) {
    const auto said = wire::json_document::parse(node.text);
    const auto* loads = said ? said->root().if_contains("loads") : nullptr;
    if (loads == nullptr || !loads->is_array())
      continue;
    for (const auto& each : loads->get_array())
      add_load(found, node.name, each);
  }
  return found;
}

json::object describe(const named_head& head, const placed_partition& placed, std::size_t missing,
                      const loads_by_replica& loads) {
  json::array shown;
  for (const auto* one : placed.replicas) {
    json::object replica{{"node", one->node}, {"state", to_text(one->state)}};
    const auto load = loads.find({one->node, core::to_string(head.key.id), head.partition});
    if (one->state == placement_state::loading && load != loads.end())
      replica["load"] = load->second;
    shown.push_back(std::move(replica));
  }
  json::object row{{"collection_id", head.collection},
                   {"partition", head.partition},
                   {"seq", head.seq},
                   {"missing", missing},
                   {"replicas", std::move(shown)}};
  json::array to;
  json::array away;
  for (const auto* one : placed.pins)
    (one->is_away ? away : to).emplace_back(one->node);
  if (!placed.pins.empty())
    row["pinned"] = json::object{{"to", std::move(to)}, {"away_from", std::move(away)}};
  return row;
}

json::object describe(const cluster_view& view, const std::vector<named_head>& heads, const page_request& wanted,
                      const loads_by_replica& loads) {
  std::map<actors::partition_key, placed_partition> all;
  for (const auto& one : view.map.placements)
    all[{one.collection, one.partition}].replicas.push_back(&one);
  for (const auto& one : view.pins)
    all[{one.collection, one.partition}].pins.push_back(&one);
  const auto tally = tally_of(view);
  json::array rows;
  json::object body;
  for (const auto& head : heads) {
    const auto& placed = all[{head.key, head.partition}];
    if (!is_shown(head, placed, wanted))
      continue;
    if (rows.size() == wanted.limit) {
      const auto& last = rows.back().as_object();
      body["next"] = std::string{last.at("collection_id").as_string()} + "/"
                     + std::to_string(last.at("partition").to_number<std::uint32_t>());
      break;
    }
    rows.push_back(describe(head, placed, tally.missing({head.key, head.partition}), loads));
  }
  body["partitions"] = std::move(rows);
  return body;
}

core::status check_known(const cluster_view& view, const std::string& node) {
  const auto is_it = [&](const auto& one) { return one.name == node; };
  if (node.empty() || std::any_of(view.nodes.begin(), view.nodes.end(), is_it))
    return core::nothing{};
  return core::fail(core::error_code::not_found, "There is no node " + node + ".");
}

/// All partitions, by collection id, partition.
core::result<std::vector<named_head>> list_named_heads(store::store& in) {
  ROLLCALL_TRY(const auto heads, in.list_heads());
  ROLLCALL_TRY(const auto collections, operations::all_collections_in(in));
  std::map<core::collection_key, std::string> ids;
  for (const auto& row : collections)
    ids.emplace(row.key, row.id);
  std::vector<named_head> named;
  named.reserve(heads.size());
  for (const auto& head : heads)
    if (const auto found = ids.find(head.collection); found != ids.end()) // else made meanwhile
      named.push_back({found->second, head.partition, head.collection, head.seq});
  std::sort(named.begin(), named.end(), [](const auto& a, const auto& b) {
    return std::tie(a.collection, a.partition) < std::tie(b.collection, b.partition);
  });
  return named;
}

} // namespace

admin_answer list_placements(admin_request& request) {
  ROLLCALL_CO_TRY(const auto wanted, read_page_request(request));
  auto asking = ask_cluster<cluster_view>(request, actors::cluster_request{});
  ROLLCALL_CO_TRY(const auto view, co_await std::move(asking));
  ROLLCALL_CO_CHECK(check_known(view, wanted.node));
  auto listing = [id = wanted.collection](store::store& in) -> core::result<std::vector<named_head>> {
    if (!id.empty())
      ROLLCALL_CHECK(operations::find_collection_in(in, id));
    return list_named_heads(in);
  };
  auto reading = read(request.context, std::move(listing));
  ROLLCALL_CO_TRY(const auto heads, co_await std::move(reading));
  loads_by_replica loads;
  if (is_loading(view)) {
    auto looking = ask_cluster<actors::cluster_figures>(request, actors::figures_request{});
    ROLLCALL_CO_TRY(const auto said, co_await std::move(looking));
    loads = read_loads(said.nodes);
  }
  co_return json_reply(describe(view, heads, wanted, loads));
}

} // namespace rollcall::front::admin
