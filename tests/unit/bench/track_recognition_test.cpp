#include "bench/cameras/track_recognition.hpp"

#include <gtest/gtest.h>

namespace rollcall::bench {
namespace {

TEST(track_recognition, enrols_the_best_of_the_first_half_and_searches_the_second) {
  track_recognition known;
  for (int i = 0; i < 10; ++i) {
    const bool is_best = i == 2;
    const std::chrono::milliseconds at{400 * i};
    known.note(1, at, is_best ? 90.0F : 10.0F, is_best || i >= 5 ? std::vector<float>{1, 0} : std::vector<float>{0, 1});
    // Half of what the second track shows later is the first person, of poor quality.
    known.note(2, at, i % 2 == 0 ? 80.0F : 1.0F,
               i < 5 || i % 2 == 0 ? std::vector<float>{0, 1} : std::vector<float>{1, 0});
  }
  const auto figures = known.measure(0.5F);
  EXPECT_EQ(figures.tracks, 2U);
  EXPECT_EQ(figures.with_tracking, 1);
  EXPECT_NEAR(figures.without_tracking, (1 + 0.4) / 2, 1e-9);
}

TEST(track_recognition, leaves_short_tracks_out) {
  track_recognition known;
  for (int i = 0; i < 9; ++i)
    known.note(1, std::chrono::milliseconds{400 * i}, 50, {1, 0});
  EXPECT_EQ(known.measure(0.5F).tracks, 0U);
  EXPECT_EQ(known.measure(0.5F).with_tracking, 0);
}

} // namespace
} // namespace rollcall::bench
