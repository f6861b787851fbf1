/// Who makes and who takes each value of a network's graph. Inside vision/ only.
#pragma once

#include "vision/onnx/graph.pb.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::vision::onnx {

/// `bytes` as an ONNX model with a graph; none where they are not one.
[[nodiscard]] std::optional<pb::model> parse_model(std::string_view bytes);

/// Of a graph that outlives this and whose nodes and constants stay where they are. Nodes go by their index. Any
/// thread.
class graph_view {
public:
  explicit graph_view(const pb::graph& of);

  static constexpr int outside = -1;

  /// The node that makes `name`, if one node alone takes it and the graph does not give it out; else `outside`.
  [[nodiscard]] int maker_for_one(const std::string& name) const;

  /// The only node that takes `name`, if the graph does not give it out; else `outside`.
  [[nodiscard]] int only_taker(const std::string& name) const;

  /// True if `index` is a node of type `op`.
  [[nodiscard]] bool is(int index, std::string_view op) const;

  /// The constant of that name; null where there is none.
  [[nodiscard]] const pb::tensor* constant(const std::string& name) const;

private:
  std::size_t takers_of(const std::string& name) const;

  const pb::graph& graph_;
  std::map<std::string, int> makers_;
  std::map<std::string, std::vector<int>> takers_;
  std::map<std::string, const pb::tensor*> constants_;
};

} // namespace rollcall::vision::onnx
