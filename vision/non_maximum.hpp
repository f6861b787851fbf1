/// Non-maximum suppression: of boxes that show the same face, the strongest stays. Pure; any thread.
#pragma once

#include "vision/analysis.hpp"

#include <vector>

namespace rollcall::vision {

/// A box that may hold a face.
struct detection {
  pixel_box box;
  float score = 0; ///< in [0, 1]
};

/// Intersection over union of two boxes, in [0, 1]; 0 when either is empty.
[[nodiscard]] float overlap_of(const pixel_box& a, const pixel_box& b) noexcept;

/// Intersection over the smaller box's area, in [0, 1]: 1 when one box lies within the other.
[[nodiscard]] float containment_of(const pixel_box& a, const pixel_box& b) noexcept;

/// What stays of `candidates` when, strongest first, every box goes that overlaps a kept one by more than `max_overlap`
/// (intersection over union) or lies within it, or it within the box, by more than `max_containment`.
/// Order: by score, highest first, ties by left, then top. Cost: O(candidates × kept).
/// Source: greedy NMS as in Neubeck and Van Gool, "Efficient Non-Maximum Suppression", ICPR 2006.
[[nodiscard]] std::vector<detection> suppress(std::vector<detection> candidates, float max_overlap,
                                              float max_containment);

} // namespace rollcall::vision
