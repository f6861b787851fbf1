#include "vision/onnx/dead_channels.hpp"

#include "vision/onnx/graph.pb.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

namespace rollcall::vision::onnx {
namespace {

using floats = std::vector<float>;

constexpr std::size_t inputs = 3;
constexpr std::size_t outputs = 5;
constexpr std::size_t side = 6; // of the picture; kernels of the depthwise convolution are 3 × 3, padded

const pb::tensor& constant(const pb::model& of, const std::string& name) {
  return *std::ranges::find(of.graph().initializer(), name, &pb::tensor::name);
}

floats numbers(const pb::model& of, const std::string& name) {
  const auto& raw = constant(of, name).raw_data();
  floats made(raw.size() / sizeof(float));
  std::memcpy(made.data(), raw.data(), raw.size());
  return made;
}

void set_numbers(pb::model& of, const std::string& name, const floats& to) {
  std::ranges::find(*of.mutable_graph()->mutable_initializer(), name, &pb::tensor::name)
      ->set_raw_data(to.data(), to.size() * sizeof(float));
}

/// Expansion to `channels`, PReLU, depthwise convolution, PReLU, projection; all weights random and none small.
class bottleneck_model {
public:
  explicit bottleneck_model(std::size_t channels) {
    const auto wide = static_cast<std::int64_t>(channels);
    add_constant("w1", {wide, inputs, 1, 1});
    add_constant("b1", {wide});
    add_constant("s1", {wide, 1, 1});
    add_constant("w2", {wide, 1, 3, 3});
    add_constant("b2", {wide});
    add_constant("s2", {wide, 1, 1});
    add_constant("w3", {outputs, wide, 1, 1});
    add_constant("b3", {outputs});
    add_node("Conv", {"in", "w1", "b1"}, "a");
    add_node("PRelu", {"a", "s1"}, "b");
    add_ints(add_node("Conv", {"b", "w2", "b2"}, "c"), wide);
    add_node("PRelu", {"c", "s2"}, "d");
    add_node("Conv", {"d", "w3", "b3"}, "out");
    made.mutable_graph()->add_output()->set_name("out");
  }

  /// Makes a depthwise kernel nothing but noise, as training does.
  void kill(std::size_t channel, float left = 1e-20F) {
    auto kernels = numbers(made, "w2");
    for (std::size_t i = 0; i < 9; ++i)
      kernels[channel * 9 + i] *= left;
    set_numbers(made, "w2", kernels);
  }

  pb::model made;

private:
  void add_constant(const char* name, std::initializer_list<std::int64_t> dims) {
    auto& tensor = *made.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(1);
    std::size_t size = 1;
    for (const auto each : dims) {
      tensor.add_dims(each);
      size *= static_cast<std::size_t>(each);
    }
    floats all(size);
    for (auto& each : all)
      each = std::uniform_real_distribution<float>{0.2F, 1}(random_) * (random_() % 2 == 0 ? 1.0F : -1.0F);
    tensor.set_raw_data(all.data(), all.size() * sizeof(float));
  }

  pb::node& add_node(const char* op, std::initializer_list<const char*> in, const char* out) {
    auto& node = *made.mutable_graph()->add_node();
    node.set_op_type(op);
    for (const auto* each : in)
      node.add_input(each);
    node.add_output(out);
    return node;
  }

  static void add_ints(pb::node& node, std::int64_t groups) {
    auto& group = *node.add_attribute();
    group.set_name("group");
    group.set_i(groups);
    auto& pads = *node.add_attribute();
    pads.set_name("pads");
    for (int i = 0; i < 4; ++i)
      pads.add_ints(1);
  }

  std::mt19937 random_{7};
};

float activated(float x, const floats& slopes, std::size_t channel) {
  return x < 0 ? x * slopes[channel] : x;
}

/// What the model gives for one picture, worked out from the definitions.
floats run(const pb::model& model) {
  const auto w1 = numbers(model, "w1"), b1 = numbers(model, "b1"), s1 = numbers(model, "s1");
  const auto w2 = numbers(model, "w2"), b2 = numbers(model, "b2"), s2 = numbers(model, "s2");
  const auto w3 = numbers(model, "w3"), b3 = numbers(model, "b3");
  constexpr auto all = side * side;
  floats out(outputs * all);
  for (std::size_t o = 0; o < outputs; ++o)
    std::fill_n(out.begin() + static_cast<std::ptrdiff_t>(o * all), all, b3[o]);
  for (std::size_t c = 0; c < b1.size(); ++c) {
    floats wide(all, b1[c]);
    for (std::size_t i = 0; i < inputs; ++i)
      for (std::size_t p = 0; p < all; ++p)
        wide[p] += w1[c * inputs + i] * static_cast<float>((p * 7 + i * 5) % 11 - 5.0);
    for (std::size_t y = 0; y < side; ++y)
      for (std::size_t x = 0; x < side; ++x) {
        float sum = b2[c];
        for (std::size_t k = 0; k < 9; ++k) {
          const auto row = y + k / 3, column = x + k % 3; // one more than where it is read
          if (row >= 1 && row <= side && column >= 1 && column <= side)
            sum += w2[c * 9 + k] * activated(wide[(row - 1) * side + column - 1], s1, c);
        }
        for (std::size_t o = 0; o < outputs; ++o)
          out[o * all + y * side + x] += w3[o * b1.size() + c] * activated(sum, s2, c);
      }
  }
  return out;
}

void expect_same(const floats& before, const floats& after) {
  for (std::size_t i = 0; i < before.size(); ++i)
    EXPECT_NEAR(before[i], after[i], 1e-4) << i; // of numbers up to 100
}

std::optional<pb::model> narrower(const pb::model& of) {
  const auto bytes = drop_dead_channels(of.SerializeAsString());
  if (!bytes)
    return std::nullopt;
  pb::model made;
  EXPECT_TRUE(made.ParseFromString(*bytes));
  return made;
}

TEST(drop_dead_channels, gives_the_same_with_fewer_channels) {
  bottleneck_model model(40);
  for (std::size_t c = 0; c < 40; c += 5)
    model.kill(c);
  const auto made = narrower(model.made);
  ASSERT_TRUE(made);
  const auto dims = [&](const char* name) {
    const auto& all = constant(*made, name).dims();
    return std::vector<std::int64_t>{all.begin(), all.end()};
  };
  EXPECT_EQ(dims("w1"), (std::vector<std::int64_t>{32, inputs, 1, 1}));
  EXPECT_EQ(dims("b1"), (std::vector<std::int64_t>{32}));
  EXPECT_EQ(dims("s1"), (std::vector<std::int64_t>{32, 1, 1}));
  EXPECT_EQ(dims("w2"), (std::vector<std::int64_t>{32, 1, 3, 3}));
  EXPECT_EQ(dims("s2"), (std::vector<std::int64_t>{32, 1, 1}));
  EXPECT_EQ(dims("w3"), (std::vector<std::int64_t>{outputs, 32, 1, 1}));
  EXPECT_EQ(made->graph().node(2).attribute(0).i(), 32);
  expect_same(run(model.made), run(*made));
}

TEST(drop_dead_channels, drops_what_nothing_of_goes_on) {
  bottleneck_model model(32);
  auto spread = numbers(model.made, "w3");
  for (std::size_t o = 0; o < outputs; ++o)
    for (std::size_t c = 0; c < 16; ++c)
      spread[o * 32 + c] *= 1e-20F;
  set_numbers(model.made, "w3", spread);
  const auto made = narrower(model.made);
  ASSERT_TRUE(made);
  EXPECT_EQ(constant(*made, "w3").dims(1), 16);
  EXPECT_EQ(numbers(*made, "b1").front(), numbers(model.made, "b1")[16]);
}

TEST(drop_dead_channels, keeps_as_many_as_fill_a_block) {
  bottleneck_model model(48);
  for (const std::size_t dead : {3, 20, 47})
    model.kill(dead);
  EXPECT_FALSE(narrower(model.made)); // 45 would be 48 again
  for (std::size_t c = 0; c < 48; ++c)
    model.kill(c, c % 3 == 0 ? 1.0F : 1e-20F);
  const auto made = narrower(model.made); // 15 live
  ASSERT_TRUE(made);
  EXPECT_EQ(constant(*made, "b2").dims(0), 16);
  expect_same(run(model.made), run(*made));
}

TEST(drop_dead_channels, keeps_small_weights_that_count) {
  bottleneck_model model(32);
  for (std::size_t c = 0; c < 16; ++c)
    model.kill(c, 1e-6F);
  EXPECT_FALSE(narrower(model.made));
}

TEST(drop_dead_channels, works_with_relu_and_without_activations) {
  bottleneck_model model(32);
  for (std::size_t c = 0; c < 16; ++c)
    model.kill(c);
  set_numbers(model.made, "b2", floats(32, -1)); // nothing comes through a ReLU
  auto& second = *model.made.mutable_graph()->mutable_node(3);
  second.set_op_type("Relu");
  second.mutable_input()->RemoveLast();
  const auto made = narrower(model.made);
  ASSERT_TRUE(made);
  EXPECT_EQ(numbers(*made, "b3"), numbers(model.made, "b3"));

  auto& graph = *model.made.mutable_graph();
  graph.mutable_node(4)->set_input(0, "c");
  graph.mutable_node()->DeleteSubrange(3, 1);
  EXPECT_TRUE(narrower(model.made));
}

TEST(drop_dead_channels, leaves_what_others_use_too) {
  for (const char* shared : {"a", "b", "c", "d", "w1", "s1", "w2", "b2", "w3", "b3"}) {
    bottleneck_model model(32);
    for (std::size_t c = 0; c < 16; ++c)
      model.kill(c);
    ASSERT_TRUE(narrower(model.made));
    auto& reader = *model.made.mutable_graph()->add_node();
    reader.set_op_type("Relu");
    reader.add_input(shared);
    EXPECT_FALSE(narrower(model.made)) << shared;
  }
}

TEST(drop_dead_channels, leaves_what_does_not_fit_together) {
  const auto changed = [](auto change) {
    bottleneck_model model(32);
    for (std::size_t c = 0; c < 16; ++c)
      model.kill(c);
    change(*model.made.mutable_graph());
    return narrower(model.made).has_value();
  };
  EXPECT_TRUE(changed([](pb::graph&) {}));
  EXPECT_FALSE(changed([](pb::graph& g) { g.mutable_node(2)->mutable_attribute(0)->set_i(16); }));
  EXPECT_FALSE(changed([](pb::graph& g) { g.mutable_node(2)->mutable_attribute(0)->set_i(0); }));
  EXPECT_FALSE(changed([](pb::graph& g) { *g.mutable_node(4)->add_attribute() = g.node(2).attribute(1); })); // padded
  EXPECT_FALSE(changed([](pb::graph& g) { g.mutable_initializer(3)->set_dims(0, 1'000'000'000); }));
  EXPECT_FALSE(changed([](pb::graph& g) { g.mutable_initializer(6)->set_data_type(10); }));
  EXPECT_FALSE(changed([](pb::graph& g) { g.mutable_initializer(7)->clear_raw_data(); }));
}

TEST(drop_dead_channels, takes_nothing_else_for_a_model) {
  EXPECT_FALSE(drop_dead_channels(""));
  EXPECT_FALSE(drop_dead_channels("[detector]\nfile = 1"));
}

} // namespace
} // namespace rollcall::vision::onnx
