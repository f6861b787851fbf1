#include "core/result.hpp"

#include <gtest/gtest.h>

#include <memory>

using namespace rollcall::core;

namespace {

result<int> half(int n) {
  if (n % 2 != 0)
    return fail(error_code::invalid_argument, "odd");
  return n / 2;
}

result<int> quarter(int n) {
  ROLLCALL_TRY(const int halved, half(n));
  return half(halved);
}

status check_even(int n) {
  ROLLCALL_CHECK(half(n));
  return nothing{};
}

} // namespace

TEST(result, try_binds_the_value_or_returns_the_error) {
  EXPECT_EQ(*quarter(12), 3);
  const auto failed = quarter(6);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.failure().message, "odd");
}

TEST(result, check_passes_the_error_on) {
  EXPECT_TRUE(check_even(2));
  EXPECT_EQ(check_even(3).failure().code, error_code::invalid_argument);
}

TEST(result, moves_what_cannot_be_copied) {
  result<std::unique_ptr<int>> owner(std::make_unique<int>(7));
  const auto taken = *std::move(owner);
  EXPECT_EQ(*taken, 7);
}

TEST(result_death, access_to_what_is_not_there_aborts) {
  EXPECT_DEATH((void)*half(1), "broken assertion");
  EXPECT_DEATH((void)half(2).failure(), "broken assertion");
}
