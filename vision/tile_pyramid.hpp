/// Which parts of a picture, at which scales, the detector looks at: its network takes one small fixed size, so a
/// picture is looked at whole, then in ever finer levels of overlapping tiles. Pure; any thread.
#pragma once

#include "vision/analysis.hpp"

#include <vector>

namespace rollcall::vision {

/// What the pyramid must reach.
struct pyramid_goal {
  int tile_width_px = 320; ///< the network's input
  int tile_height_px = 240;
  float min_side_px = 12; ///< smallest face the network finds reliably, in its input's pixels
  float min_face_px = 40; ///< smallest face wanted, in the picture's pixels
};

/// The picture at one scale.
struct pyramid_level {
  float scale = 1; ///< level pixels per picture pixel
  /// False: only tiles in which the level before saw signs of small faces are worth a run.
  bool is_mandatory = true;
};

/// One tile, in level pixels: [left, left + tile width) × [top, top + tile height). May be larger than the level.
struct tile {
  int left = 0;
  int top = 0;
  bool has_left_neighbour = false;
  bool has_right_neighbour = false;
  bool has_upper_neighbour = false;
  bool has_lower_neighbour = false;
};

/// The smallest face that must be found in a picture of this size: `min_face_px` up to 1920×1080 pixels, in proportion
/// to the square root of the area beyond.
[[nodiscard]] float smallest_face_px(int width_px, int height_px, float min_face_px) noexcept;

/// Coarse to fine. The first level fits the picture into one tile; the last mandatory one shows the smallest face
/// wanted at the network's smallest; up to two optional ones follow, while they do not enlarge the picture more than
/// twice. Scales at least 1.3 and at most 2.5 apart.
[[nodiscard]] std::vector<pyramid_level> plan_levels(int width_px, int height_px, const pyramid_goal& goal);

/// The tiles that cover a level of width_px × height_px, row by row, evenly spread, neighbours overlapping by at least
/// a quarter of the tile's height: a face smaller than that lies whole in one of them, a larger one is the coarser
/// level's.
[[nodiscard]] std::vector<tile> plan_tiles(int width_px, int height_px, const pyramid_goal& goal);

} // namespace rollcall::vision
