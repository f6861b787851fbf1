/// Which face of a frame belongs to which track. Used by the tracker alone. Pure; any thread.
#pragma once

#include "vision/analysis.hpp"

#include <cstddef>
#include <span>
#include <vector>

namespace rollcall::vision {

/// Boxes overlap by this much, in [0, 1]; both are first grown by a third on each side, so that a small face that has
/// moved by its own width since the last frame is not a stranger.
/// Source: Yang et al., "Hard To Track Objects With Irregular Motions and Similar Appearances? Make It Easier by
/// Buffering the Matching Space", WACV 2023.
[[nodiscard]] float likeness_of(const pixel_box& a, const pixel_box& b) noexcept;

struct box_pair {
  std::size_t track = 0;
  std::size_t face = 0;
};

/// The pairs of `tracks` (indices into `expected`) and `faces` (indices into `seen`) whose likenesses have the largest
/// sum; pairs below `least` are left out. In the order of `tracks`.
[[nodiscard]] std::vector<box_pair> associate(std::span<const pixel_box> expected, std::span<const std::size_t> tracks,
                                              std::span<const pixel_box> seen, std::span<const std::size_t> faces,
                                              float least);

} // namespace rollcall::vision
