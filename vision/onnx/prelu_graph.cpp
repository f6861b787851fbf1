#include "vision/onnx/prelu_graph.hpp"

#include "vision/onnx/graph_view.hpp"

#include <set>

namespace rollcall::vision::onnx {

namespace {

/// True if `name` is a constant of so many channels, one number for each.
bool is_slope_of(const graph_view& view, const std::string& name, std::int64_t channels) {
  const auto* found = view.constant(name);
  if (found == nullptr)
    return false;
  const auto& dims = found->dims();
  return dims.size() == 3 && dims[0] > 0 && dims[0] % channels == 0 && dims[1] == 1 && dims[2] == 1;
}

/// Makes a blocked PReLU of each that can be one; the nodes that are then of no use.
std::set<int> replace_all(pb::graph& graph, const std::string& op, std::int64_t channels) {
  const graph_view view(graph);
  std::set<int> idle;
  for (auto& node : *graph.mutable_node()) {
    if (node.op_type() != "PRelu" || node.input_size() != 2 || !is_slope_of(view, node.input(1), channels))
      continue;
    const int before = view.maker_for_one(node.input(0));
    const int after = view.only_taker(node.output(0));
    if (!view.is(before, "ReorderOutput") || !view.is(after, "ReorderInput"))
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
  auto changed = parse_model(model);
  if (!changed)
    return std::nullopt;
  auto& graph = *changed->mutable_graph();
  const auto idle = replace_all(graph, op, channels);
  if (idle.empty())
    return std::nullopt;
  drop(graph, idle);
  graph.clear_value_info();
  auto& domain = *changed->add_opset_import();
  domain.set_domain(prelu_domain);
  domain.set_version(1);
  return changed->SerializeAsString();
}

} // namespace rollcall::vision::onnx
