// The AWS SDK for JavaScript, unmodified, does all operations against a real node: without keys, then with one.
#include "tests/e2e/tour.hpp"

namespace rollcall::test {

namespace {

class sdk_tour : public tour_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists(sdk() / "node_modules/@aws-sdk/client-rekognition"))
      GTEST_SKIP() << "the AWS SDK is not under " << sdk() << ": run ./dev setup test";
    if (!run({"node", {"--version"}}, soon()))
      GTEST_SKIP() << "Node.js is not installed: run ./dev setup test";
    tour_test::SetUp();
  }

  [[nodiscard]] static std::filesystem::path sdk() { return fetched_dir() / "sdk"; }

  [[nodiscard]] std::vector<std::string> client(const std::string& collection) const {
    return {"node",         "tests/e2e/sdk_tour.mjs",
            "--sdk",        sdk().string(),
            "--pictures",   pictures().string(),
            "--endpoint",   "{endpoint}",
            "--collection", collection};
  }
};

TEST_F(sdk_tour, does_all_operations_on_an_open_node) {
  start_limited_node();
  auto words = client("open-tour");
  words.insert(words.end(), {"--limited", "{limited}"});
  run_tour(words, {"sdk_tour.expect"}, {});
  stop_nodes();
}

TEST_F(sdk_tour, does_all_operations_with_a_key) {
  start_limited_node();
  credentials key;
  ASSERT_NO_FATAL_FAILURE(make_key(key));
  auto words = client("signed-tour");
  words.insert(words.end(), {"--limited", "{limited}", "--signed"});
  run_tour(words, {"sdk_tour.expect", "signed.expect"}, key);
  stop_nodes();
}

} // namespace

} // namespace rollcall::test
