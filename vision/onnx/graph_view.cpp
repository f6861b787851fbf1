#include "vision/onnx/graph_view.hpp"

namespace rollcall::vision::onnx {

std::optional<pb::model> parse_model(std::string_view bytes) {
  pb::model made;
  if (!made.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !made.has_graph())
    return std::nullopt;
  return made;
}

graph_view::graph_view(const pb::graph& of) : graph_(of) {
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

int graph_view::maker_for_one(const std::string& name) const {
  const auto maker = makers_.find(name);
  return maker != makers_.end() && only_taker(name) != outside ? maker->second : outside;
}

int graph_view::only_taker(const std::string& name) const {
  return takers_of(name) == 1 ? takers_.at(name).front() : outside;
}

bool graph_view::is(int index, std::string_view op) const {
  return index != outside && graph_.node(index).op_type() == op;
}

const pb::tensor* graph_view::constant(const std::string& name) const {
  const auto found = constants_.find(name);
  return found == constants_.end() ? nullptr : found->second;
}

std::size_t graph_view::takers_of(const std::string& name) const {
  const auto found = takers_.find(name);
  return found == takers_.end() ? 0 : found->second.size();
}

} // namespace rollcall::vision::onnx
