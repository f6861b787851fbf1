#include "vision/onnx_graph.hpp"

#include "vision/onnx_graph.pb.h"

#include <algorithm>
#include <map>
#include <set>

namespace rollcall::vision::onnx {

namespace {

/// Who makes and who takes each value of a graph, and which constants there are.
class graph_view {
public:
  explicit graph_view(const pb::graph& of) : graph_(of) {
    for (int i = 0; i < of.node_size(); ++i) {
      for (const auto& name : of.node(i).output())
        makers_[name] = i;
      for (const auto& name : of.node(i).input())
        takers_[name].push_back(i);
    }
    for (const auto& each : of.output())
      takers_[each.name()].push_back(outside);
    for (const auto& each : of.initializer())
      constants_[each.name()] = &each;
  }

  /// The node of type `op` that makes `name` for one taker only; `outside` where there is none.
  int only_for_one(const std::string& name, const char* op) const {
    const auto maker = makers_.find(name);
    return maker != makers_.end() && takers_of(name) == 1 && is(maker->second, op) ? maker->second : outside;
  }

  /// The only node that takes `name`, if it is of type `op`; `outside` where there is none.
  int only_taker(const std::string& name, const char* op) const {
    return takers_of(name) == 1 && is(takers_.at(name).front(), op) ? takers_.at(name).front() : outside;
  }

  /// True if `name` is a constant of so many channels, one number for each.
  bool is_slope_of(const std::string& name, std::int64_t channels) const {
    const auto found = constants_.find(name);
    if (found == constants_.end())
      return false;
    const auto& dims = found->second->dims();
    return dims.size() == 3 && dims[0] > 0 && dims[0] % channels == 0 && dims[1] == 1 && dims[2] == 1;
  }

  static constexpr int outside = -1;

private:
  std::size_t takers_of(const std::string& name) const {
    const auto found = takers_.find(name);
    return found == takers_.end() ? 0 : found->second.size();
  }
  bool is(int index, const char* op) const { return index != outside && graph_.node(index).op_type() == op; }

  const pb::graph& graph_;
  std::map<std::string, int> makers_;
  std::map<std::string, std::vector<int>> takers_;
  std::map<std::string, const pb::tensor*> constants_;
};

/// Makes a blocked PReLU of each that can be one; the nodes that are then of no use.
std::set<int> replace_all(pb::graph& graph, const std::string& op, std::int64_t channels) {
  const graph_view view(graph);
  std::set<int> idle;
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "PRelu" || node.input_size() != 2 || !view.is_slope_of(node.input(1), channels))
      continue;
    const int before = view.only_for_one(node.input(0), "ReorderOutput");
    const int after = view.only_taker(node.output(0), "ReorderInput");
    if (before == graph_view::outside || after == graph_view::outside)
      continue;
    node.set_input(0, graph.node(before).input(0));
    node.set_output(0, graph.node(after).output(0));
    node.set_op_type(op);
    node.set_domain(prelu_domain);
    idle.insert({before, after});
  }
  return idle;
}

void drop(pb::graph& graph, const std::set<int>& idle) {
  auto& nodes = *graph.mutable_node();
  int kept = 0;
  for (int i = 0; i < nodes.size(); ++i)
    if (!idle.contains(i))
      nodes.SwapElements(kept++, i);
  nodes.DeleteSubrange(kept, nodes.size() - kept);
}

} // namespace

std::optional<std::string> keep_prelu_blocked(std::string_view model, const std::string& op, std::int64_t channels) {
  pb::model changed;
  if (!changed.ParseFromArray(model.data(), static_cast<int>(model.size())) || !changed.has_graph())
    return std::nullopt;
  auto& graph = *changed.mutable_graph();
  const auto idle = replace_all(graph, op, channels);
  if (idle.empty())
    return std::nullopt;
  drop(graph, idle);
  graph.clear_value_info();
  auto& domain = *changed.add_opset_import();
  domain.set_domain(prelu_domain);
  domain.set_version(1);
  return changed.SerializeAsString();
}

} // namespace rollcall::vision::onnx
