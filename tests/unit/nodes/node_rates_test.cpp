#include "nodes/cli/node_rates.hpp"

#include <boost/json/array.hpp>
#include <gtest/gtest.h>

namespace rollcall::cli {
namespace {

boost::json::object figures(double up_ms, double requests, double failed, boost::json::array seconds) {
  boost::json::object made{{"up_ms", up_ms}, {"requests", requests}, {"failed", failed}, {"refused", 0}};
  made["seconds"] = std::move(seconds);
  return made;
}

TEST(node_rates, are_of_the_time_between_two_looks) {
  const auto before = figures(1'000, 10, 1, {{0.01, 10}, {0.1, 0}, {nullptr, 0}});
  const auto after = figures(3'000, 110, 11, {{0.01, 60}, {0.1, 50}, {nullptr, 0}});
  const auto rates = rates_between(before, after);
  ASSERT_TRUE(rates);
  EXPECT_DOUBLE_EQ(rates->requests, 50);
  EXPECT_DOUBLE_EQ(rates->failed, 5);
  EXPECT_DOUBLE_EQ(rates->refused, 0);
  EXPECT_NEAR(*rates->p50_ms, 10, 1e-9);             // half of them in the first bucket: its end
  EXPECT_NEAR(*rates->p99_ms, 10 + 90 * 0.98, 1e-9); // 49 of the 50 of the second
}

TEST(node_rates, of_the_open_bucket_its_beginning_is_known) {
  const auto rates = rates_between(figures(0, 0, 0, {}), figures(1, 4, 0, {{1, 1}, {nullptr, 3}}));
  ASSERT_TRUE(rates);
  EXPECT_DOUBLE_EQ(*rates->p99_ms, 1'000);
}

TEST(node_rates, without_requests_there_are_no_times) {
  const auto rates = rates_between(figures(0, 5, 0, {{1, 5}}), figures(1'000, 5, 0, {{1, 5}}));
  ASSERT_TRUE(rates);
  EXPECT_DOUBLE_EQ(rates->requests, 0);
  EXPECT_FALSE(rates->p50_ms || rates->p99_ms);
}

TEST(node_rates, there_are_none_of_the_same_look_or_across_a_start) {
  const auto look = figures(2'000, 5, 0, {});
  EXPECT_FALSE(rates_between(look, look));
  EXPECT_FALSE(rates_between(look, figures(500, 1, 0, {})));
}

} // namespace
} // namespace rollcall::cli
