#include "nodes/command_line.hpp"

#include <array>
#include <gtest/gtest.h>

namespace rollcall::nodes {
namespace {

template <std::size_t N>
std::variant<config::sources, finished> parse(const std::array<const char*, N>& words) {
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(command_line, short_options_are_settings_that_set_may_override) {
  const auto parsed =
      parse(std::array{"rollcalld", "--config", "/dev/null", "--set", "http.listen=127.0.0.1:2", "--http",
                       "127.0.0.1:1", "--data-dir", "/d", "--management", "127.0.0.1:3", "--set", "http.threads=4"});
  const auto* sources = std::get_if<config::sources>(&parsed);
  ASSERT_NE(sources, nullptr);
  const auto settings = config::load({sources->file, {}, sources->assignments});
  ASSERT_TRUE(settings) << settings.failure().message;
  EXPECT_EQ(settings->http_listen, "127.0.0.1:2");
  EXPECT_EQ(settings->management_listen, "127.0.0.1:3");
  EXPECT_EQ(settings->node_data_dir, "/d");
  EXPECT_EQ(settings->http_threads, 4);
}

TEST(command_line, mistakes_end_with_2_and_help_with_0) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_EQ(std::get<finished>(parse(std::array{"rollcalld", "--nonsense"})).exit_code, 2);
  EXPECT_EQ(std::get<finished>(parse(std::array{"rollcalld", "stray"})).exit_code, 2);
  EXPECT_EQ(std::get<finished>(parse(std::array{"rollcalld", "--set"})).exit_code, 2);
  EXPECT_EQ(std::get<finished>(parse(std::array{"rollcalld", "--help"})).exit_code, 0);
  testing::internal::GetCapturedStderr();
  EXPECT_NE(testing::internal::GetCapturedStdout().find("--data-dir DIR"), std::string::npos);
}

} // namespace
} // namespace rollcall::nodes
