#include "core/recent.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollcall::core {

namespace {

using std::chrono::milliseconds;

TEST(recent, keeps_what_was_used_last) {
  recent<std::string, int> some(2, milliseconds{100});
  const steady_time now{};
  some.put("a", 1, now);
  some.put("b", 2, now);
  EXPECT_EQ(some.find("a", now), 1);
  some.put("c", 3, now);
  EXPECT_EQ(some.find("b", now), std::nullopt);
  EXPECT_EQ(some.find("a", now), 1);
  EXPECT_EQ(some.find("c", now), 3);
  some.put("a", 4, now); // in its own place
  EXPECT_EQ(some.find("c", now), 3);
  EXPECT_EQ(some.find("a", now), 4);
  some.erase("a");
  some.erase("a");
  EXPECT_EQ(some.find("a", now), std::nullopt);
  EXPECT_EQ(some.size(), 1U);
}

TEST(recent, forgets_what_is_old_though_it_is_used) {
  recent<std::string, int> some(2, milliseconds{100});
  const steady_time start{};
  some.put("a", 1, start);
  EXPECT_EQ(some.find("a", start + milliseconds{60}), 1);
  EXPECT_EQ(some.find("a", start + milliseconds{101}), std::nullopt);
  EXPECT_EQ(some.size(), 0U);
  some.put("a", 2, start + milliseconds{101});
  EXPECT_EQ(some.find("a", start + milliseconds{190}), 2);
}

} // namespace

} // namespace rollcall::core
