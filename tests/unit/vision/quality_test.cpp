#include "vision/quality.hpp"

#include <functional>
#include <gmock/gmock.h>

namespace rollcall::vision {
namespace {

using testing::Contains;
using testing::IsEmpty;

face good_face() {
  face good;
  good.box = {0, 0, 150, 180};
  good.confidence = 99;
  good.brightness = 55;
  good.sharpness = 80;
  return good;
}

constexpr std::array all_filters{quality_filter::low, quality_filter::medium, quality_filter::high,
                                 quality_filter::automatic};

TEST(quality_reasons, has_nothing_against_a_good_face) {
  for (const auto filter : all_filters)
    EXPECT_THAT(quality_reasons(good_face(), filter), IsEmpty());
}

TEST(quality_reasons, says_nothing_when_the_filter_is_off) {
  EXPECT_THAT(quality_reasons(face{}, quality_filter::none), IsEmpty());
}

struct flaw {
  quality_reason reason;
  std::function<void(face&, const quality_bars&, float)> put; ///< on the bar, or `beyond` it
};

/// Each flaw puts a good face on its bar (0) or a little beyond it.
const std::vector<flaw>& flaws() {
  static const std::vector<flaw> all{
      {quality_reason::extreme_pose,
       [](face& f, const quality_bars& b, float beyond) { f.pose.yaw = b.max_yaw + beyond; }},
      {quality_reason::extreme_pose,
       [](face& f, const quality_bars& b, float beyond) { f.pose.yaw = -b.max_yaw - beyond; }},
      {quality_reason::extreme_pose,
       [](face& f, const quality_bars& b, float beyond) { f.pose.pitch = b.max_pitch_up + beyond; }},
      {quality_reason::extreme_pose,
       [](face& f, const quality_bars& b, float beyond) { f.pose.pitch = -b.max_pitch_down - beyond; }},
      {quality_reason::low_brightness,
       [](face& f, const quality_bars& b, float beyond) { f.brightness = b.min_brightness - beyond; }},
      {quality_reason::low_sharpness,
       [](face& f, const quality_bars& b, float beyond) { f.sharpness = b.min_sharpness - beyond; }},
      {quality_reason::low_confidence,
       [](face& f, const quality_bars& b, float beyond) { f.confidence = b.min_confidence - beyond; }},
      {quality_reason::small_bounding_box,
       [](face& f, const quality_bars& b, float beyond) { f.box.width = b.min_side_px - beyond; }},
  };
  return all;
}

TEST(quality_reasons, names_each_flaw_beyond_its_bar_and_none_on_it) {
  for (const auto filter : all_filters)
    for (const auto& one : flaws()) {
      auto on_the_bar = good_face();
      one.put(on_the_bar, bars_of(filter), 0);
      EXPECT_THAT(quality_reasons(on_the_bar, filter), testing::Not(Contains(one.reason)));
      auto beyond = good_face();
      one.put(beyond, bars_of(filter), 0.5F);
      EXPECT_THAT(quality_reasons(beyond, filter), Contains(one.reason));
    }
}

TEST(quality_reasons, sums_small_flaws_up_to_a_low_face_quality) {
  auto poor = good_face();
  poor.pose = {58, 40, 0};
  poor.sharpness = 8;
  poor.brightness = 15;
  poor.box = {0, 0, 26, 30};
  poor.confidence = 62;
  EXPECT_THAT(quality_reasons(poor, quality_filter::automatic), testing::ElementsAre(quality_reason::low_face_quality));
}

TEST(quality_bars, rise_from_low_to_high) {
  const auto& low = bars_of(quality_filter::low);
  const auto& medium = bars_of(quality_filter::medium);
  const auto& high = bars_of(quality_filter::high);
  EXPECT_GT(low.max_yaw, medium.max_yaw);
  EXPECT_GT(medium.max_yaw, high.max_yaw);
  EXPECT_LT(low.min_sharpness, medium.min_sharpness);
  EXPECT_LT(medium.min_sharpness, high.min_sharpness);
  EXPECT_LT(low.min_overall, medium.min_overall);
  EXPECT_LT(medium.min_overall, high.min_overall);
}

TEST(overall_quality, lies_between_0_and_100_and_falls_with_each_flaw) {
  EXPECT_GT(overall_quality(good_face()), 90);
  EXPECT_LE(overall_quality(good_face()), 100);
  EXPECT_EQ(overall_quality(face{}), 0);
  for (const auto& one : flaws()) {
    auto flawed = good_face();
    one.put(flawed, bars_of(quality_filter::high), 1);
    EXPECT_LT(overall_quality(flawed), overall_quality(good_face()));
  }
}

} // namespace
} // namespace rollcall::vision
