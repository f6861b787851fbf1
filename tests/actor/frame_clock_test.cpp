#include "actors/ingest/frame_clock.hpp"

#include <gtest/gtest.h>

namespace rollcall::actors {
namespace {

using std::chrono::milliseconds;

core::steady_time at(std::int64_t ms) {
  return core::steady_time{milliseconds{1'000'000 + ms}};
}

TEST(live_clock, takes_short_spans_from_the_stamps_of_the_sender) {
  live_clock clock;
  EXPECT_EQ(clock.read(milliseconds{90'000}, at(0)).position, milliseconds{0});
  // A network that holds back and then hurries.
  EXPECT_NEAR(clock.read(milliseconds{90'200}, at(800)).position.count(), 200, 10);
  EXPECT_NEAR(clock.read(milliseconds{90'400}, at(801)).position.count(), 400, 15);
  const auto last = clock.read(milliseconds{91'000}, at(1'000));
  EXPECT_NEAR(last.position.count(), 1'000, 15);
  EXPECT_FALSE(last.set_by);
}

TEST(live_clock, takes_long_spans_from_when_frames_came) {
  live_clock fast;
  live_clock in_pieces; // ten seconds of frames in one, then nothing for nine
  for (int second = 0; second <= 3'600; ++second) {
    const auto read = fast.read(milliseconds{1'010 * second}, at(1'000 * second)); // a clock that runs 1 % fast
    EXPECT_FALSE(read.set_by) << second;
    EXPECT_NEAR(static_cast<double>(read.position.count()), 1'000.0 * second, 1'000) << second;
    const auto piece = second / 10 * 10'000 + second % 10 * 100;
    EXPECT_FALSE(in_pieces.read(milliseconds{1'000 * second}, at(piece)).set_by) << second;
  }
}

TEST(live_clock, goes_on_when_the_clock_of_the_sender_is_set_and_says_by_how_much) {
  for (const std::int64_t set : {-3'600'000, -2'000, 60'000, 3'600'000}) {
    live_clock clock;
    for (int i = 0; i <= 10; ++i)
      EXPECT_FALSE(clock.read(milliseconds{7'000'000 + 200 * i}, at(200 * i)).set_by);
    const auto jump = clock.read(milliseconds{7'002'200 + set}, at(2'200));
    ASSERT_TRUE(jump.set_by) << set;
    EXPECT_EQ(jump.set_by->count(), set);
    EXPECT_NEAR(jump.position.count(), 2'200, 5);
    const auto next = clock.read(milliseconds{7'002'400 + set}, at(2'400));
    EXPECT_FALSE(next.set_by) << set;
    EXPECT_NEAR(next.position.count(), 2'400, 5);
  }
}

TEST(live_clock, never_goes_back_and_needs_no_stamps) {
  live_clock stamped;
  static_cast<void>(stamped.read(milliseconds{0}, at(0)));
  static_cast<void>(stamped.read(milliseconds{400}, at(400)));
  EXPECT_GE(stamped.read(milliseconds{300}, at(410)).position, milliseconds{400}); // a little out of order
  live_clock bare;
  static_cast<void>(bare.read({}, at(0)));
  EXPECT_EQ(bare.read({}, at(250)).position, milliseconds{250});
}

std::vector<int> chosen(frame_pace pace, double frames_per_s, int count) {
  std::vector<int> made;
  for (int i = 0; i < count; ++i)
    if (pace.is_due(milliseconds{static_cast<std::int64_t>(1'000 * i / frames_per_s)}))
      made.push_back(i);
  return made;
}

TEST(frame_pace, chooses_evenly_whatever_comes) {
  EXPECT_EQ(chosen(frame_pace{12.5}, 25, 8), (std::vector{0, 2, 4, 6}));
  EXPECT_EQ(chosen(frame_pace{5}, 60, 30), (std::vector{0, 11, 23}));
  EXPECT_EQ(chosen(frame_pace{30}, 30, 90).size(), 90U);
  EXPECT_EQ(chosen(frame_pace{5}, 2, 4), (std::vector{0, 1, 2, 3})); // fewer than are wanted
  const auto eight = chosen(frame_pace{5}, 8, 80).size();            // 10 s
  EXPECT_GE(eight, 49U);
  EXPECT_LE(eight, 51U);
}

TEST(frame_pace, does_not_make_up_for_a_pause) {
  frame_pace pace{5};
  EXPECT_TRUE(pace.is_due(milliseconds{0}));
  EXPECT_TRUE(pace.is_due(milliseconds{10'000}));
  EXPECT_FALSE(pace.is_due(milliseconds{10'040}));
  EXPECT_TRUE(pace.is_due(milliseconds{10'200}));
}

} // namespace
} // namespace rollcall::actors
