#include "core/error.hpp"

#include <gtest/gtest.h>

#include <set>

using namespace rollcall::core;

TEST(error, every_code_has_a_name_of_its_own_and_a_text) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < error_code_count; ++i) {
    const auto code = static_cast<error_code>(i);
    EXPECT_TRUE(names.insert(to_string(code)).second) << to_string(code);
    EXPECT_FALSE(describe(code).empty());
  }
}

TEST(error, names_follow_the_enum) {
  EXPECT_EQ(to_string(error_code::invalid_argument), "invalid_argument");
  EXPECT_EQ(to_string(error_code::internal), "internal");
  EXPECT_TRUE(is_retryable(error_code::overloaded));
  EXPECT_FALSE(is_retryable(error_code::not_found));
}
