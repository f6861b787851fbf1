#include "vision/onnx/dead_channels.hpp"

#include "vision/onnx/graph_view.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace rollcall::vision::onnx {

namespace {

constexpr int float_data = 1; // as in a tensor's `data_type`
constexpr double nothing = 1e-8;

using channels = std::vector<std::size_t>;

/// The nodes of a bottleneck, in the order of the data; `graph_view::outside` for an activation that is none.
struct bottleneck {
  int expand = graph_view::outside;
  int expanded = graph_view::outside;
  int depthwise = graph_view::outside;
  int filtered = graph_view::outside;
  int project = graph_view::outside;
};

const pb::attribute* attribute(const pb::node& of, std::string_view name) {
  for (const auto& each : of.attribute())
    if (each.name() == name)
      return &each;
  return nullptr;
}

std::int64_t groups(const pb::node& convolution) {
  const auto* given = attribute(convolution, "group");
  return given == nullptr ? 1 : given->i();
}

bool pads(const pb::node& convolution) {
  const auto* given = attribute(convolution, "pads");
  return given != nullptr && std::ranges::any_of(given->ints(), [](std::int64_t each) { return each != 0; });
}

std::size_t size_of(const pb::tensor& tensor) {
  std::size_t all = 1;
  for (const auto side : tensor.dims())
    all *= static_cast<std::size_t>(side);
  return all;
}

std::vector<float> numbers(const pb::tensor& tensor) {
  std::vector<float> made(size_of(tensor));
  std::memcpy(made.data(), tensor.raw_data().data(), made.size() * sizeof(float));
  return made;
}

void set_numbers(pb::tensor& tensor, const std::vector<float>& to) {
  tensor.set_raw_data(to.data(), to.size() * sizeof(float));
}

/// Finds the bottlenecks of a graph whose channels can be dropped, if dead.
class bottleneck_finder {
public:
  explicit bottleneck_finder(const pb::graph& graph) : graph_(graph), view_(graph) {}

  std::optional<bottleneck> around(int depthwise) const {
    const auto& node = graph_.node(depthwise);
    if (!is_convolution(depthwise, 3) || groups(node) <= 1 || groups(node) != rows(node.input(1)))
      return std::nullopt;
    bottleneck found;
    found.depthwise = depthwise;
    found.expand = view_.maker_for_one(node.input(0));
    if (is_activation(found.expand)) {
      found.expanded = found.expand;
      found.expand = view_.maker_for_one(graph_.node(found.expanded).input(0));
    }
    found.project = view_.only_taker(node.output(0));
    if (is_activation(found.project)) {
      found.filtered = found.project;
      found.project = view_.only_taker(graph_.node(found.filtered).output(0));
    }
    return fits(found) ? std::optional{found} : std::nullopt;
  }

private:
  /// A convolution of constants that are its own; of `inputs` at least.
  bool is_convolution(int index, int inputs) const {
    if (!view_.is(index, "Conv") || graph_.node(index).input_size() < inputs)
      return false;
    const auto& node = graph_.node(index);
    return is_own(node.input(1), 4)
           && (node.input_size() < 3 || (is_own(node.input(2), 1) && rows(node.input(2)) == rows(node.input(1))));
  }

  bool is_activation(int index) const {
    return view_.is(index, "Relu")
           || (view_.is(index, "PRelu") && graph_.node(index).input_size() == 2
               && is_own(graph_.node(index).input(1), 3)
               && static_cast<std::int64_t>(size_of(*view_.constant(graph_.node(index).input(1))))
                      == rows(graph_.node(index).input(1)));
  }

  /// True if `name` is a constant of floats with so many sides that one node alone takes.
  bool is_own(const std::string& name, int sides) const {
    const auto* found = view_.constant(name);
    return found != nullptr && view_.only_taker(name) != graph_view::outside && found->data_type() == float_data
           && found->dims_size() == sides && found->raw_data().size() == size_of(*found) * sizeof(float);
  }

  std::int64_t rows(const std::string& constant) const { return view_.constant(constant)->dims(0); }

  bool fits(const bottleneck& found) const {
    if (!is_convolution(found.expand, 2) || !is_convolution(found.project, 3))
      return false;
    const auto& expand = graph_.node(found.expand);
    const auto& project = graph_.node(found.project);
    const auto wanted = groups(graph_.node(found.depthwise));
    const auto& last = view_.constant(project.input(1))->dims();
    const auto slopes_fit = [&](int activation) {
      return !view_.is(activation, "PRelu") || rows(graph_.node(activation).input(1)) == wanted;
    };
    return groups(expand) == 1 && groups(project) == 1 && rows(expand.input(1)) == wanted && last[1] == wanted
           && last[2] == 1 && last[3] == 1 && !pads(project) && slopes_fit(found.expanded)
           && slopes_fit(found.filtered);
  }

  const pb::graph& graph_;
  graph_view view_;
};

/// Drops channels of one bottleneck.
class narrowing {
public:
  narrowing(pb::graph& graph, const bottleneck& of) : graph_(graph), of_(of) {}

  /// The channels that stay, in their order: those that carry something, and as many of the others as fill a block.
  channels kept() const {
    const auto kernels = numbers(*weights(of_.depthwise));
    const auto spread = numbers(*weights(of_.project));
    const auto all = static_cast<std::size_t>(weights(of_.depthwise)->dims(0));
    std::vector<double> kernel(all);
    std::vector<double> column(all);
    for (std::size_t i = 0; i < kernels.size(); ++i)
      keep_larger(kernel[i / (kernels.size() / all)], kernels[i]);
    for (std::size_t i = 0; i < spread.size(); ++i)
      keep_larger(column[i % all], spread[i]);
    const double most = *std::ranges::max_element(kernel) * *std::ranges::max_element(column);
    channels alive;
    channels dead;
    for (std::size_t c = 0; c < all; ++c)
      (kernel[c] * column[c] > nothing * most ? alive : dead).push_back(c);
    const std::size_t idle = alive.size() % kept_channels_multiple;
    const std::size_t filling = idle == 0 && !alive.empty() ? 0 : kept_channels_multiple - idle;
    alive.insert(alive.end(), dead.begin(), dead.begin() + static_cast<std::ptrdiff_t>(std::min(filling, dead.size())));
    std::ranges::sort(alive);
    return alive;
  }

  void keep(const channels& kept) {
    move_into_bias(kept);
    for (const int node : {of_.expand, of_.depthwise, of_.expanded, of_.filtered})
      for (int i = 1; node != graph_view::outside && i < graph_.node(node).input_size(); ++i)
        keep_rows(*constant(graph_.node(node).input(i)), kept);
    keep_columns(*weights(of_.project), kept);
    for (auto& each : *graph_.mutable_node(of_.depthwise)->mutable_attribute())
      if (each.name() == "group")
        each.set_i(static_cast<std::int64_t>(kept.size()));
  }

private:
  static void keep_larger(double& largest, float other) {
    largest = std::max(largest, static_cast<double>(std::abs(other)));
  }

  pb::tensor* constant(const std::string& name) const {
    return &*std::ranges::find(*graph_.mutable_initializer(), name, &pb::tensor::name);
  }
  pb::tensor* weights(int convolution) const { return constant(graph_.node(convolution).input(1)); }
  pb::tensor* bias(int convolution) const { return constant(graph_.node(convolution).input(2)); }

  /// What a channel is behind the depthwise convolution where that adds its bias to nothing.
  std::vector<float> constants() const {
    auto made = numbers(*bias(of_.depthwise));
    if (of_.filtered == graph_view::outside)
      return made;
    const auto& activation = graph_.node(of_.filtered);
    const auto slopes = activation.input_size() == 2 ? numbers(*constant(activation.input(1)))
                                                     : std::vector<float>(made.size()); // ReLU
    for (std::size_t c = 0; c < made.size(); ++c)
      made[c] *= made[c] < 0 ? slopes[c] : 1.0F;
    return made;
  }

  void move_into_bias(const channels& kept) {
    const auto spread = numbers(*weights(of_.project));
    const auto constant_of = constants();
    auto biases = numbers(*bias(of_.project));
    for (std::size_t out = 0; out < biases.size(); ++out) {
      double sum = biases[out];
      for (std::size_t c = 0; c < constant_of.size(); ++c)
        if (!std::ranges::binary_search(kept, c))
          sum += static_cast<double>(spread[out * constant_of.size() + c]) * constant_of[c];
      biases[out] = static_cast<float>(sum);
    }
    set_numbers(*bias(of_.project), biases);
  }

  static void keep_rows(pb::tensor& tensor, const channels& kept) {
    const auto all = numbers(tensor);
    const auto length = static_cast<std::ptrdiff_t>(all.size()) / tensor.dims(0);
    std::vector<float> left;
    for (const auto c : kept) {
      const auto row = all.begin() + static_cast<std::ptrdiff_t>(c) * length;
      left.insert(left.end(), row, row + length);
    }
    tensor.set_dims(0, static_cast<std::int64_t>(kept.size()));
    set_numbers(tensor, left);
  }

  static void keep_columns(pb::tensor& tensor, const channels& kept) {
    const auto all = numbers(tensor);
    const auto length = static_cast<std::size_t>(tensor.dims(1));
    std::vector<float> left;
    for (std::size_t row = 0; row < all.size(); row += length)
      for (const auto c : kept)
        left.push_back(all[row + c]);
    tensor.set_dims(1, static_cast<std::int64_t>(kept.size()));
    set_numbers(tensor, left);
  }

  pb::graph& graph_;
  const bottleneck of_;
};

} // namespace

std::optional<std::string> drop_dead_channels(std::string_view model) {
  auto changed = parse_model(model);
  if (!changed)
    return std::nullopt;
  auto& graph = *changed->mutable_graph();
  const bottleneck_finder finder(graph);
  bool narrower = false;
  for (int i = 0; i < graph.node_size(); ++i) {
    const auto found = finder.around(i);
    if (!found)
      continue;
    narrowing dropping(graph, *found);
    const auto kept = dropping.kept();
    if (static_cast<std::int64_t>(kept.size()) == groups(graph.node(i)))
      continue;
    dropping.keep(kept);
    narrower = true;
  }
  if (!narrower)
    return std::nullopt;
  graph.clear_value_info();
  return changed->SerializeAsString();
}

} // namespace rollcall::vision::onnx
