// What the controller would do with the partitions if the nodes were others.
#include "front/admin/admin_json.hpp"
#include "front/admin/cluster_view.hpp"
#include "front/operations/lookup.hpp"
#include "wire/json_document.hpp"

#include <boost/json/array.hpp>

#include <map>

namespace rollcall::front::admin {

namespace {

constexpr std::size_t most_nodes = 64;
constexpr std::size_t most_moves = 1'000;

core::error malformed(const char* what) {
  return core::fail(core::error_code::malformed, what);
}

/// The elements of an optional array.
core::result<json::array> read_array(const json::object& from, std::string_view name) {
  const auto* found = from.if_contains(name);
  if (found == nullptr || found->is_null())
    return json::array{};
  const auto* listed = found->if_array();
  if (listed == nullptr || listed->size() > most_nodes)
    return malformed("'without', 'drained' and 'with' are arrays of at most 64 nodes");
  return *listed;
}

core::result<std::vector<std::string>> read_names(const json::object& from, std::string_view name) {
  ROLLCALL_TRY(const auto listed, read_array(from, name));
  std::vector<std::string> names;
  for (const auto& one : listed) {
    if (!one.is_string())
      return malformed("'without' and 'drained' hold names of nodes");
    names.emplace_back(one.get_string());
  }
  return names;
}

core::result<actors::node_changes> read_changes(const json::object& body) {
  actors::node_changes wanted;
  ROLLCALL_TRY(wanted.gone, read_names(body, "without"));
  ROLLCALL_TRY(wanted.drained, read_names(body, "drained"));
  ROLLCALL_TRY(const auto added, read_array(body, "with"));
  for (const auto& one : added) {
    if (!one.is_object())
      return malformed("'with' holds objects");
    const auto& fields = one.get_object();
    ROLLCALL_TRY(auto name, read_string(fields, "name"));
    ROLLCALL_TRY(const auto capacity, read_number(fields, "capacity"));
    ROLLCALL_TRY(auto zone, read_optional_string(fields, "zone"));
    wanted.added.push_back({std::move(name), capacity, zone.value_or("")});
  }
  return wanted;
}

/// A collection's name, and how many references a partition of it has: about as many as any other of it.
struct sized_collection {
  std::string id;
  std::uint64_t references = 0;
};

using sizes = std::map<core::collection_key, sized_collection>;

struct partitioned_store {
  std::vector<actors::partition_key> partitions;
  sizes collections;
};

core::result<partitioned_store> survey(store::store& in) {
  partitioned_store found;
  ROLLCALL_TRY(const auto heads, in.list_heads());
  for (const auto& head : heads)
    found.partitions.emplace_back(head.collection, head.partition);
  ROLLCALL_TRY(const auto collections, operations::all_collections_in(in));
  for (const auto& row : collections)
    if (const auto counts = in.count(row.key)) // else deleted meanwhile
      found.collections[row.key] = {row.id, (counts->faces + counts->users) / row.partitions};
  return found;
}

void describe(const std::vector<store::placement>& moved, std::string_view what, const sizes& collections,
              json::array& moves) {
  for (const auto& one : moved) {
    const auto found = collections.find(one.collection);
    if (found != collections.end() && moves.size() < most_moves)
      moves.push_back(json::object{{"what", what},
                                   {"collection_id", found->second.id},
                                   {"partition", one.partition},
                                   {"node", one.node},
                                   {"references", found->second.references}});
  }
}

json::object describe(const actors::forecast& told, const sizes& collections, std::size_t dimension) {
  std::uint64_t references = 0;
  std::map<std::string, std::size_t> loads;
  std::map<std::string, std::size_t> drops;
  for (const auto& one : told.loads) {
    ++loads[one.node];
    if (const auto found = collections.find(one.collection); found != collections.end())
      references += found->second.references;
  }
  for (const auto& one : told.drops)
    ++drops[one.node];
  json::array nodes;
  for (const auto& [name, before, after] : told.nodes)
    nodes.push_back(json::object{
        {"name", name}, {"before", before}, {"after", after}, {"loads", loads[name]}, {"drops", drops[name]}});
  json::array moves;
  describe(told.loads, "load", collections, moves);
  describe(told.drops, "drop", collections, moves);
  return {{"loads", told.loads.size()},    {"drops", told.drops.size()},
          {"references", references},      {"bytes", references * dimension * sizeof(float)},
          {"unanswered", told.unanswered}, {"nodes", std::move(nodes)},
          {"moves", std::move(moves)}};
}

} // namespace

admin_answer rebalance(admin_request& request) {
  ROLLCALL_CO_TRY(const auto document, wire::json_document::parse(request.http.body.view()));
  const auto* dry = document.root().if_contains("dry_run");
  if (dry == nullptr || !dry->is_bool() || !dry->get_bool())
    co_return core::fail(core::error_code::constraint_violation,
                         "'dry_run' must be true: the controller moves partitions by itself");
  actors::forecast_request wanted;
  ROLLCALL_CO_TRY(wanted.nodes, read_changes(document.root()));
  ROLLCALL_CO_CHECK(check_clustered(request));
  auto reading = read(request.context, &survey);
  ROLLCALL_CO_TRY(auto found, co_await std::move(reading));
  wanted.partitions = std::move(found.partitions);
  auto asking = ask_cluster<actors::forecast>(request, std::move(wanted));
  ROLLCALL_CO_TRY(const auto told, co_await std::move(asking));
  co_return json_reply(describe(told, found.collections, request.context.with.parts.models.dimension));
}

} // namespace rollcall::front::admin
