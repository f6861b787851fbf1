#include "actors/search/hedge_delay.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using namespace std::chrono_literals;

TEST(hedge_delay, is_what_nineteen_answers_of_twenty_take) {
  hedge_delay delay(2ms, 50ms);
  EXPECT_EQ(delay.current(), 50ms); // it knows nothing yet
  for (int answer = 0; answer < 255; ++answer)
    delay.note(answer % 20 == 0 ? 30ms : 5ms);
  EXPECT_EQ(delay.current(), 50ms);
  delay.note(5ms);
  EXPECT_EQ(delay.current(), 30ms); // thirteen of 256 are slow: a little more than one in twenty
  for (int answer = 0; answer < 256; ++answer)
    delay.note(answer % 40 == 0 ? 30ms : 5ms);
  EXPECT_EQ(delay.current(), 5ms);
}

TEST(hedge_delay, stays_within_its_bounds) {
  hedge_delay delay(2ms, 50ms);
  for (int answer = 0; answer < 256; ++answer)
    delay.note(100us);
  EXPECT_EQ(delay.current(), 2ms);
  for (int answer = 0; answer < 256; ++answer)
    delay.note(1s);
  EXPECT_EQ(delay.current(), 50ms);
}

} // namespace
} // namespace rollcall::actors
