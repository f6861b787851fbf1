// Both runtimes behind vision/runtime.hpp: the same networks, the same faces, the same outputs.

#include "vision/runtime.hpp"

#include "core/log.hpp"
#include "tests/support/vision_files.hpp"
#include "vision/face_analyzer.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <numeric>

namespace rollcall::vision {
namespace {

class vision_runtime : public testing::TestWithParam<runtime_choice> {
protected:
  void SetUp() override {
    ROLLCALL_NEED(test::deps() / "models");
    ROLLCALL_NEED(test::deps() / "photos");
    manifest_ = test::load_manifest();
    ASSERT_TRUE(manifest_);
    auto made = make_runtime(GetParam(), {});
    if (!made)
      GTEST_SKIP() << made.failure().message;
    runtime_ = *std::move(made);
  }

  std::shared_ptr<const model_manifest> manifest_;
  std::unique_ptr<runtime> runtime_;
};

/// Fills the input with a fixed pattern in the range that real inputs have.
void fill(std::span<float> input, unsigned seed) {
  unsigned state = seed;
  for (float& each : input) {
    state = state * 1'664'525U + 1'013'904'223U;
    each = static_cast<float>(state >> 8U) / static_cast<float>(1U << 23U) - 1;
  }
}

TEST_P(vision_runtime, says_its_name_and_version) {
  const auto name = runtime_->name();
  EXPECT_EQ(name.rfind(GetParam() == runtime_choice::onnx ? "onnxruntime 1." : "opencv 4.", 0), 0U) << name;
}

TEST_P(vision_runtime, makes_buffers_of_the_sizes_in_the_manifest) {
  for (const auto* spec :
       {&manifest_->detector.network, &manifest_->landmarker.network, &manifest_->embedder.network}) {
    auto made = runtime_->make_network(*spec);
    ASSERT_TRUE(made) << made.failure().message << made.failure().context;
    EXPECT_EQ((*made)->input().size(), spec->input.channels() * spec->input.plane());
    for (std::size_t i = 0; i < spec->outputs.size(); ++i)
      EXPECT_EQ((*made)->output(i).size(), spec->outputs[i].size());
  }
}

TEST_P(vision_runtime, gives_equal_outputs_for_equal_inputs_and_others_for_others) {
  auto made = runtime_->make_network(manifest_->embedder.network);
  ASSERT_TRUE(made);
  auto& net = **made;
  const auto run = [&](unsigned seed) {
    fill(net.input(), seed);
    EXPECT_TRUE(net.run());
    const auto out = net.output(0);
    return std::vector<float>{out.begin(), out.end()};
  };
  const auto first = run(1);
  EXPECT_NE(run(2), first);
  EXPECT_EQ(run(1), first);
  EXPECT_TRUE(std::all_of(first.begin(), first.end(), [](float each) { return std::isfinite(each); }));
}

TEST_P(vision_runtime, binds_outputs_by_name_not_by_order) {
  auto spec = manifest_->detector.network;
  auto straight = runtime_->make_network(spec);
  std::swap(spec.outputs[0], spec.outputs[1]);
  auto swapped = runtime_->make_network(spec);
  ASSERT_TRUE(straight && swapped);
  for (auto* net : {straight->get(), swapped->get()}) {
    fill(net->input(), 7);
    ASSERT_TRUE(net->run());
  }
  const auto a = (*straight)->output(1);
  const auto b = (*swapped)->output(0);
  EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end()));
}

TEST_P(vision_runtime, refuses_what_the_file_is_not) {
  const auto code_of = [&](const network_spec& spec) {
    auto made = runtime_->make_network(spec);
    EXPECT_FALSE(made);
    return made ? core::error_code::internal : made.failure().code;
  };
  auto spec = manifest_->landmarker.network;
  spec.outputs[0].name = "nowhere";
  EXPECT_EQ(code_of(spec), core::error_code::invalid_config);
  spec = manifest_->landmarker.network;
  spec.outputs[0].shape = {1, 135};
  EXPECT_EQ(code_of(spec), core::error_code::invalid_config);
  spec = manifest_->landmarker.network;
  spec.file = "config/models.toml";
  EXPECT_EQ(code_of(spec), core::error_code::invalid_config);
}

INSTANTIATE_TEST_SUITE_P(each, vision_runtime, testing::Values(runtime_choice::onnx, runtime_choice::opencv),
                         [](const auto& of) { return of.param == runtime_choice::onnx ? "onnx" : "opencv"; });

analysis analyze_with(runtime_choice choice, const std::shared_ptr<const model_manifest>& manifest,
                      const core::bytes& photo) {
  auto runs = make_runtime(choice, {});
  auto analyzer = face_analyzer::make(manifest, **runs, {});
  if (!analyzer) {
    ADD_FAILURE() << analyzer.failure().message;
    return {};
  }
  auto done = (*analyzer)->analyze(photo, {embed_which::everybody, quality_filter::none, false});
  EXPECT_TRUE(done);
  return done ? *std::move(done) : analysis{};
}

TEST(both_vision_runtimes, see_the_same_in_real_photographs) {
  ROLLCALL_NEED(test::deps() / "models");
  ROLLCALL_NEED(test::deps() / "photos");
  if (auto onnx = make_runtime(runtime_choice::onnx, {}); !onnx)
    GTEST_SKIP() << onnx.failure().message;
  const auto manifest = test::load_manifest();
  ASSERT_TRUE(manifest);
  for (int i = 1; i <= 6; ++i) {
    const auto photo = test::read_file(test::deps() / "photos" / ("sample" + std::to_string(i) + ".jpg"));
    const auto a = analyze_with(runtime_choice::onnx, manifest, photo);
    const auto b = analyze_with(runtime_choice::opencv, manifest, photo);
    ASSERT_EQ(a.faces.size(), b.faces.size()) << "sample" << i;
    for (std::size_t f = 0; f < a.faces.size(); ++f) {
      EXPECT_NEAR(a.faces[f].box.left, b.faces[f].box.left, 0.1);
      EXPECT_NEAR(a.faces[f].box.height, b.faces[f].box.height, 0.1);
      EXPECT_NEAR(a.faces[f].confidence, b.faces[f].confidence, 0.01);
      EXPECT_NEAR(a.faces[f].points[30].x, b.faces[f].points[30].x, 0.1);
      const auto& x = a.faces[f].embedding;
      const auto& y = b.faces[f].embedding;
      EXPECT_GT(std::inner_product(x.begin(), x.end(), y.begin(), 0.0), 0.9999) << "sample" << i << " face " << f;
    }
  }
}

#if defined(__x86_64__)
TEST(onnx_runtime, makes_the_embedder_faster_once) {
  ROLLCALL_NEED(test::deps() / "models");
  auto runs = make_runtime(runtime_choice::onnx, {});
  if (!runs)
    GTEST_SKIP() << runs.failure().message;
  const auto manifest = test::load_manifest();
  ASSERT_TRUE(manifest);
  std::vector<std::string> lines;
  core::install_log_sink([&](core::log_level, std::string_view line) { lines.emplace_back(line); });
  const auto first = (*runs)->make_network(manifest->embedder.network);
  const auto second = (*runs)->make_network(manifest->embedder.network);
  const auto other = (*runs)->make_network(manifest->landmarker.network);
  core::install_log_sink([](core::log_level, std::string_view line) { std::cerr << line << '\n'; });
  ASSERT_TRUE(first && second && other);
  for (const char* change : {"PReLU stays in blocks network=", "dead channels are dropped network="})
    EXPECT_EQ(std::ranges::count_if(lines,
                                    [&](const std::string& line) {
                                      return line.find(change) != std::string::npos
                                             && line.find("fr_feature.onnx") != std::string::npos;
                                    }),
              1)
        << change;
}
#endif

TEST(make_runtime, falls_back_to_opencv_without_the_library) {
  const auto made = make_runtime(runtime_choice::automatic, "/nowhere/libonnxruntime.so");
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->name().rfind("opencv", 0), 0U);
}

TEST(make_runtime, says_what_is_wrong_with_the_library_that_was_asked_for) {
  EXPECT_EQ(make_runtime(runtime_choice::onnx, "/nowhere/libonnxruntime.so").failure().code,
            core::error_code::not_found);
  EXPECT_EQ(make_runtime(runtime_choice::onnx, "libcrypto.so.3").failure().code, core::error_code::unsupported);
}

TEST(parse_runtime_choice, knows_three_words) {
  EXPECT_EQ(*parse_runtime_choice("auto"), runtime_choice::automatic);
  EXPECT_EQ(*parse_runtime_choice("onnx"), runtime_choice::onnx);
  EXPECT_EQ(*parse_runtime_choice("opencv"), runtime_choice::opencv);
  EXPECT_EQ(parse_runtime_choice("tensorflow").failure().code, core::error_code::invalid_config);
}

} // namespace
} // namespace rollcall::vision
