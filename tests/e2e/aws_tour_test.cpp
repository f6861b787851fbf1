// Debian's `aws`, unmodified, does all operations that it has against a real node with a key.
#include "tests/e2e/tour.hpp"

namespace rollcall::test {

namespace {

class aws_tour : public tour_test {
protected:
  void SetUp() override {
    if (!std::filesystem::exists("/usr/bin/aws"))
      GTEST_SKIP() << "Debian's awscli is not installed: run ./dev setup test";
    tour_test::SetUp();
  }

  [[nodiscard]] std::vector<std::string> client(const std::string& collection) const {
    return {"/usr/bin/python3", "-B",         "tests/e2e/aws_tour.py", "--pictures", pictures().string(),
            "--endpoint",       "{endpoint}", "--collection",          collection};
  }
};

TEST_F(aws_tour, takes_any_credentials_on_an_open_node_and_does_all_it_can_with_a_key) {
  auto open = client("open-tour");
  open.emplace_back("--short");
  ASSERT_NO_FATAL_FAILURE(run_tour(open, {}, {}));
  start_limited_node();
  credentials key;
  ASSERT_NO_FATAL_FAILURE(make_key(key));
  auto words = client("signed-tour");
  words.insert(words.end(), {"--limited", "{limited}", "--signed"});
  run_tour(words, {"aws_tour.expect", "signed.expect"}, key);
  stop_nodes();
}

} // namespace

} // namespace rollcall::test
