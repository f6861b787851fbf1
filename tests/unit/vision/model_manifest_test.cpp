#include "vision/model_manifest.hpp"

#include "tests/support/vision_files.hpp"

#include <sstream>
#include <unistd.h>

namespace rollcall::vision {
namespace {

using core::error_code;

/// A folder of its own with a copy of the tree's manifest, changed, and small files in place of the networks.
class model_manifest_test : public testing::Test {
protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() / ("rollcall_manifest_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::ifstream file{"config/models.toml"};
    std::ostringstream stream;
    stream << file.rdbuf();
    text_ = stream.str();
    ASSERT_FALSE(text_.empty());
    // Every model becomes a file that holds "abc" (its digest: FIPS 180-4, example 1).
    for (std::size_t at = text_.find("sha256 = \""); at != std::string::npos; at = text_.find("sha256 = \"", at + 1))
      text_.replace(at + 10, 64, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    for (const char* name : {"detect", "landmark", "feature", "age", "gender", "expression"})
      std::ofstream{folder_ / ("fr_" + std::string{name} + ".onnx")} << "abc";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void replace(const std::string& from, const std::string& to) {
    const auto at = text_.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text_.replace(at, from.size(), to);
  }

  core::result<model_manifest> load_it() {
    std::ofstream{folder_ / "models.toml"} << text_;
    return load(folder_ / "models.toml", folder_);
  }

  /// The failure after `from` became `to`.
  core::error failure_with(const std::string& from, const std::string& to) {
    replace(from, to);
    auto loaded = load_it();
    EXPECT_FALSE(loaded) << from << " -> " << to;
    return loaded ? core::error{} : loaded.failure();
  }

  std::filesystem::path folder_;
  std::string text_;
};

TEST_F(model_manifest_test, reads_the_manifest_of_the_tree) {
  const auto loaded = load_it();
  ASSERT_TRUE(loaded) << loaded.failure().message;
  EXPECT_EQ(loaded->detector.network.input.order, channel_order::rgb);
  EXPECT_EQ(loaded->detector.network.outputs[0].name, "boxes");
  EXPECT_EQ(loaded->detector.network.outputs[0].size(), 4420U * 4);
  EXPECT_EQ(loaded->landmarker.network.input.channels(), 1U);
  EXPECT_EQ(loaded->embedder.network.input.order, channel_order::bgr);
  EXPECT_EQ(loaded->embedder.dimension, 512U);
  EXPECT_FLOAT_EQ(loaded->embedder.network.input.mean[2], 127);
  EXPECT_FLOAT_EQ(loaded->similarity.similarity(1), 100);
}

TEST_F(model_manifest_test, names_a_missing_file_and_the_way_out) {
  std::filesystem::remove(folder_ / "fr_feature.onnx");
  const auto loaded = load_it();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.failure().code, error_code::not_found);
  EXPECT_NE(loaded.failure().message.find("fr_feature.onnx"), std::string::npos);
  EXPECT_NE(loaded.failure().message.find("./dev setup"), std::string::npos);
}

TEST_F(model_manifest_test, refuses_a_file_with_another_hash) {
  std::ofstream{folder_ / "fr_landmark.onnx"} << "abd";
  const auto loaded = load_it();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.failure().code, error_code::corrupt);
  EXPECT_NE(loaded.failure().message.find("fr_landmark.onnx"), std::string::npos);
  EXPECT_NE(loaded.failure().message.find("./dev setup"), std::string::npos);
}

TEST_F(model_manifest_test, reports_a_missing_manifest) {
  EXPECT_EQ(load(folder_ / "nowhere.toml", folder_).failure().code, error_code::not_found);
}

TEST_F(model_manifest_test, reports_the_line_of_a_syntax_error) {
  text_ = "[detector]\nfile = \n";
  const auto loaded = load_it();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.failure().code, error_code::invalid_config);
  EXPECT_NE(loaded.failure().message.find("line 2"), std::string::npos) << loaded.failure().message;
}

TEST_F(model_manifest_test, names_the_key_that_is_wrong) {
  struct wrong {
    const char* from;
    const char* to;
    const char* key;
  };
  const auto whole = text_;
  for (const auto& each :
       {wrong{"order = \"rgb\"", "order = \"xyz\"", "detector.input.order"},
        wrong{"[0.0]", "[0.0, 1.0]", "landmarker.input.mean"},
        wrong{"dimension = 512", "dimension = 511", "embedder.outputs"},
        wrong{"dimension = 512", "", "embedder.dimension"},
        wrong{"version = \"1.0\"", "version = \"one\"", "embedder.version"},
        wrong{"\"fr_detect.onnx\"", "\"../fr_detect.onnx\"", "detector.file"},
        wrong{"[1, 4420, 2]", "[1, 4421, 2]", "detector.outputs"},
        wrong{"[1, 4420, 4]", "[1, -4420, 4]", "detector.outputs.shape"},
        wrong{"[-1.0, 0.0]", "[-1.0, 50.0]", "similarity.knots"}, wrong{"[embedder]", "[embeder]", "embedder"}}) {
    text_ = whole;
    const auto failure = failure_with(each.from, each.to);
    EXPECT_EQ(failure.code, error_code::invalid_config) << each.key;
    EXPECT_NE(failure.message.find(each.key), std::string::npos) << failure.message;
  }
}

TEST_F(model_manifest_test, verifies_the_fetched_models) {
  ROLLCALL_NEED(test::deps() / "models");
  EXPECT_NE(test::load_manifest(), nullptr);
}

} // namespace
} // namespace rollcall::vision
