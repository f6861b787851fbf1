#include "vision/quality.hpp"

#include "core/assert.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace rollcall::vision {

namespace {

/// yaw, pitch up, pitch down, brightness, sharpness, confidence, side, overall. Rekognition publishes no numbers; these
/// are ours, see the README of this folder.
constexpr quality_bars low_bars{70, 50, 50, 10, 4, 50, 16, 2};
constexpr quality_bars medium_bars{50, 45, 35, 18, 10, 70, 32, 10};
constexpr quality_bars high_bars{35, 30, 25, 25, 20, 85, 56, 25};
constexpr quality_bars automatic_bars{60, 45, 40, 14, 7, 60, 24, 5};

float overrun(float value, float bar) noexcept {
  return std::clamp(1 - std::abs(value) / bar, 0.0F, 1.0F);
}

float fill(float value, float full) noexcept {
  return std::clamp(value / full, 0.0F, 1.0F);
}

} // namespace

const quality_bars& bars_of(quality_filter filter) noexcept {
  ROLLCALL_ASSERT(filter != quality_filter::none);
  switch (filter) {
    case quality_filter::low:
      return low_bars;
    case quality_filter::medium:
      return medium_bars;
    case quality_filter::high:
      return high_bars;
    case quality_filter::automatic:
    case quality_filter::none:
      return automatic_bars;
  }
  return automatic_bars;
}

float overall_quality(const face& of) noexcept {
  constexpr float worst_angle = 90;
  constexpr float full_side_px = 112; // the embedding network's input
  constexpr float full_sharpness = 40;
  constexpr float full_brightness = 30;
  const float pose = overrun(of.pose.yaw, worst_angle) * overrun(of.pose.pitch, worst_angle);
  const float side = fill(std::min(of.box.width, of.box.height), full_side_px);
  return 100 * pose * std::sqrt(side) * std::sqrt(fill(of.sharpness, full_sharpness))
         * std::sqrt(fill(of.brightness, full_brightness)) * fill(of.confidence, 100);
}

std::vector<quality_reason> quality_reasons(const face& of, quality_filter filter) {
  std::vector<quality_reason> reasons;
  if (filter == quality_filter::none)
    return reasons;
  const auto& bars = bars_of(filter);
  const auto add_if = [&](bool fails, quality_reason reason) {
    if (fails)
      reasons.push_back(reason);
  };
  add_if(std::abs(of.pose.yaw) > bars.max_yaw || of.pose.pitch > bars.max_pitch_up
             || -of.pose.pitch > bars.max_pitch_down,
         quality_reason::extreme_pose);
  add_if(of.brightness < bars.min_brightness, quality_reason::low_brightness);
  add_if(of.sharpness < bars.min_sharpness, quality_reason::low_sharpness);
  add_if(of.confidence < bars.min_confidence, quality_reason::low_confidence);
  add_if(std::min(of.box.width, of.box.height) < bars.min_side_px, quality_reason::small_bounding_box);
  add_if(overall_quality(of) < bars.min_overall, quality_reason::low_face_quality);
  return reasons;
}

} // namespace rollcall::vision
