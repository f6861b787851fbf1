#include "core/ascii.hpp"

#include <gtest/gtest.h>

namespace rollcall::core {
namespace {

TEST(ascii, letters_become_small_and_nothing_else_changes) {
  EXPECT_EQ(lower_case("Content-MD5 @[`{ 09 AZaz"), "content-md5 @[`{ 09 azaz");
  EXPECT_EQ(lower_case("\xC3\x84rger \xC4\xB0"), "\xC3\x84rger \xC4\xB0"); // capitals beyond ASCII stay
  EXPECT_EQ(lower_case(""), "");
}

} // namespace
} // namespace rollcall::core
