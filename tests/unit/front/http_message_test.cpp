#include "front/http_message.hpp"

#include "front/http_date.hpp"
#include "front/memory_budget.hpp"

#include <gtest/gtest.h>

namespace rollcall::front {
namespace {

TEST(http_request, finds_headers_whatever_their_case) {
  http_request request;
  request.headers = {{"X-Amz-Target", "a"}, {"x-amz-target", "b"}};
  EXPECT_EQ(request.header("x-AMZ-target"), "a");
  EXPECT_EQ(request.header("host"), "");
  EXPECT_FALSE(request.has_header("x-amz-targe"));
}

TEST(http_date, writes_the_date_of_the_standard) {
  // RFC 9110, 5.6.7.
  EXPECT_EQ(http_date(core::wall_time{std::chrono::seconds{784111777}}), "Sun, 06 Nov 1994 08:49:37 GMT");
}

TEST(memory_budget, gives_what_there_is_and_takes_it_back) {
  memory_budget budget{100};
  {
    auto first = budget.reserve(60);
    EXPECT_TRUE(first);
    EXPECT_FALSE(budget.reserve(41));
    auto second = budget.reserve(40);
    EXPECT_TRUE(second);
    first = memory_budget::share{};
    EXPECT_TRUE(budget.reserve(60));
  }
  EXPECT_TRUE(budget.reserve(100));
}

} // namespace
} // namespace rollcall::front
