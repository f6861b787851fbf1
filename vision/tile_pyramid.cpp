#include "vision/tile_pyramid.hpp"

#include <algorithm>
#include <cmath>

namespace rollcall::vision {

namespace {

/// Starts of `length`-long tiles that cover [0, extent) with at least `overlap` in common.
std::vector<int> spread(int extent, int length, int overlap) {
  if (extent <= length)
    return {0};
  const int count = 1 + (extent - length + length - overlap - 1) / (length - overlap);
  std::vector<int> starts;
  starts.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    starts.push_back(static_cast<int>(std::lround(static_cast<double>(extent - length) * i / (count - 1))));
  return starts;
}

} // namespace

float smallest_face_px(int width_px, int height_px, float min_face_px) noexcept {
  constexpr float reference_pixels = 1920.0F * 1080.0F;
  const float pixels = static_cast<float>(width_px) * static_cast<float>(height_px);
  return min_face_px * std::sqrt(std::max(1.0F, pixels / reference_pixels));
}

std::vector<pyramid_level> plan_levels(int width_px, int height_px, const pyramid_goal& goal) {
  constexpr float max_step = 2.5F;
  constexpr float min_step = 1.3F;
  constexpr float max_enlargement = 2;
  constexpr int optional_levels = 2;
  const float fit = std::min(static_cast<float>(goal.tile_width_px) / static_cast<float>(width_px),
                             static_cast<float>(goal.tile_height_px) / static_cast<float>(height_px));
  const float finest = goal.min_side_px / smallest_face_px(width_px, height_px, goal.min_face_px);
  std::vector<pyramid_level> levels{{fit, true}};
  if (finest > min_step * fit) {
    const int steps = static_cast<int>(std::ceil(std::log(finest / fit) / std::log(max_step)));
    for (int step = 1; step <= steps; ++step)
      levels.push_back({fit * std::pow(finest / fit, static_cast<float>(step) / static_cast<float>(steps)), true});
  }
  for (int extra = 0; extra < optional_levels; ++extra) {
    const float next = std::min(2 * levels.back().scale, max_enlargement);
    if (next > min_step * levels.back().scale)
      levels.push_back({next, false});
  }
  return levels;
}

std::vector<tile> plan_tiles(int width_px, int height_px, const pyramid_goal& goal) {
  const int overlap = goal.tile_height_px / 4;
  const auto lefts = spread(width_px, goal.tile_width_px, overlap);
  const auto tops = spread(height_px, goal.tile_height_px, overlap);
  std::vector<tile> tiles;
  for (const int top : tops)
    for (const int left : lefts)
      tiles.push_back(
          {left, top, left != lefts.front(), left != lefts.back(), top != tops.front(), top != tops.back()});
  return tiles;
}

} // namespace rollcall::vision
