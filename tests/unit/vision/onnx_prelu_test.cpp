#include "vision/onnx/prelu_op.hpp"

#include "vision/onnx/graph.pb.h"
#include "vision/onnx/prelu_graph.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace rollcall::vision::onnx {
namespace {

/// What a PReLU makes of channel `c` at position `p`, wherever that lies.
float plain(float x, float slope) {
  return x < 0 ? x * slope : x;
}

TEST(blocked_prelu, is_a_prelu_of_each_channel_wherever_it_lies) {
  for (const auto& [block, op] : blocked_prelus) {
    const blocked_shape shape{48, 7, block};
    std::vector<float> slopes(shape.channels);
    for (std::size_t c = 0; c < shape.channels; ++c)
      slopes[c] = 0.5F - 0.03F * static_cast<float>(c); // of both signs
    std::vector<float> in(shape.channels * shape.positions);
    std::vector<float> wanted(in.size());
    for (std::size_t c = 0; c < shape.channels; ++c)
      for (std::size_t p = 0; p < shape.positions; ++p) {
        const std::size_t at = (c / block * shape.positions + p) * block + c % block;
        in[at] = static_cast<float>(c + p) * ((c + p) % 2 == 0 ? 1.0F : -1.0F);
        wanted[at] = plain(in[at], slopes[c]);
      }
    std::vector<float> out(in.size());
    blocked_prelu(in.data(), slopes.data(), out.data(), shape);
    EXPECT_EQ(out, wanted) << op;
    blocked_prelu(in.data(), slopes.data(), in.data(), shape);
    EXPECT_EQ(in, wanted) << "in place, " << op;
  }
}

TEST(blocked_prelu, keeps_zeros_and_the_endless) {
  constexpr float endless = std::numeric_limits<float>::infinity();
  const std::vector<float> in{0.0F, -0.0F, endless, -endless, 1e-40F, -1e-40F, -1, 1};
  const std::vector<float> slopes(8, 0.25F);
  std::vector<float> out(8);
  blocked_prelu(in.data(), slopes.data(), out.data(), {8, 1, 8});
  for (std::size_t i = 0; i < in.size(); ++i)
    EXPECT_EQ(out[i], plain(in[i], slopes[i])) << i;
}

/// Convolution, PReLU, convolution, as the library leaves them.
pb::model chain(std::int64_t channels = 32) {
  pb::model made;
  auto& graph = *made.mutable_graph();
  const auto add = [&](const char* op, std::initializer_list<const char*> in, const char* out) {
    auto& node = *graph.add_node();
    node.set_op_type(op);
    for (const auto* each : in)
      node.add_input(each);
    node.add_output(out);
  };
  add("Conv", {"in", "w1"}, "a");
  add("ReorderOutput", {"a"}, "b");
  add("PRelu", {"b", "slopes"}, "c");
  add("ReorderInput", {"c"}, "d");
  add("Conv", {"d", "w2"}, "e");
  auto& slopes = *graph.add_initializer();
  slopes.set_name("slopes");
  for (const std::int64_t side : {channels, std::int64_t{1}, std::int64_t{1}})
    slopes.add_dims(side);
  graph.add_output()->set_name("e");
  graph.add_value_info()->set_name("b");
  made.add_opset_import()->set_version(12);
  return made;
}

std::optional<pb::model> changed(const pb::model& of) {
  const auto bytes = keep_prelu_blocked(of.SerializeAsString(), "PRelu16", 16);
  if (!bytes)
    return std::nullopt;
  pb::model made;
  EXPECT_TRUE(made.ParseFromString(*bytes));
  return made;
}

TEST(keep_prelu_blocked, takes_the_reorderings_away) {
  const auto made = changed(chain());
  ASSERT_TRUE(made);
  ASSERT_EQ(made->graph().node_size(), 3);
  const auto& node = made->graph().node(1);
  EXPECT_EQ(node.op_type(), "PRelu16");
  EXPECT_EQ(node.domain(), prelu_domain);
  EXPECT_EQ(node.input(0), "a");
  EXPECT_EQ(node.input(1), "slopes");
  EXPECT_EQ(node.output(0), "d");
  EXPECT_EQ(made->graph().node(2).input(0), "d");
  EXPECT_EQ(made->graph().value_info_size(), 0);
  ASSERT_EQ(made->opset_import_size(), 2);
  EXPECT_EQ(made->opset_import(1).domain(), prelu_domain);
}

TEST(keep_prelu_blocked, keeps_what_it_does_not_know) {
  const std::string unknown{"\x12\x03xyz", 5}; // field 2 of a model: its producer
  const auto bytes = keep_prelu_blocked(chain().SerializeAsString() + unknown, "PRelu16", 16);
  ASSERT_TRUE(bytes);
  EXPECT_NE(bytes->find(unknown), std::string::npos);
}

TEST(keep_prelu_blocked, leaves_channels_that_fill_no_block) {
  EXPECT_FALSE(changed(chain(24)));
  EXPECT_TRUE(changed(chain(48)));
}

TEST(keep_prelu_blocked, leaves_slopes_that_are_no_constant_or_not_one_for_a_channel) {
  auto model = chain();
  model.mutable_graph()->mutable_initializer(0)->set_name("other");
  EXPECT_FALSE(changed(model));
  model = chain();
  model.mutable_graph()->mutable_initializer(0)->set_dims(2, 16);
  EXPECT_FALSE(changed(model));
  model = chain();
  model.mutable_graph()->mutable_initializer(0)->mutable_dims()->Truncate(1);
  EXPECT_FALSE(changed(model));
}

TEST(keep_prelu_blocked, leaves_what_others_use_too) {
  for (const char* shared : {"b", "c"}) {
    auto model = chain();
    auto& reader = *model.mutable_graph()->add_node();
    reader.set_op_type("Relu");
    reader.add_input(shared);
    EXPECT_FALSE(changed(model)) << shared;
    model = chain();
    model.mutable_graph()->add_output()->set_name(shared);
    EXPECT_FALSE(changed(model)) << shared;
  }
}

TEST(keep_prelu_blocked, leaves_what_is_not_between_two_reorderings) {
  for (const int which : {1, 3}) {
    auto model = chain();
    model.mutable_graph()->mutable_node(which)->set_op_type("Relu");
    EXPECT_FALSE(changed(model)) << which;
  }
}

TEST(keep_prelu_blocked, takes_nothing_else_for_a_model) {
  EXPECT_FALSE(keep_prelu_blocked("", "PRelu16", 16));
  EXPECT_FALSE(keep_prelu_blocked("[detector]\nfile = 1", "PRelu16", 16));
}

} // namespace
} // namespace rollcall::vision::onnx
